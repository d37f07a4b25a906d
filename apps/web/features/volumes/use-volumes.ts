'use client'

import type { VolumeRow } from '@open-local/shared/api'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useDeferredValue, useMemo } from 'react'
import type { Sort } from '../../components/data-table/column.ts'
import { type VolumeQuery, volumesQuery } from '../../lib/queries.ts'
import { filterVolumes } from './filter-volumes.ts'
import type { VolumeFilters } from './use-volume-filters.ts'

type SortName = NonNullable<VolumeQuery['sort']>
const sortNames: readonly SortName[] = ['key', 'node', 'pool', 'phase', 'sizeBytes', 'usedBytes', 'createdAt', 'health']

/**
 * The volumes to show. Up to 2,000 are held whole, so filters answer at once; beyond that the server filters and
 * sorts, and pages come as one scrolls (`ordered`).
 */
export function useVolumes(filters: VolumeFilters, search: string, sort: Sort | null) {
  const all = useInfiniteQuery(volumesQuery())
  const total = all.data?.pages[0]?.total ?? 0
  const large = total > (all.data?.pages[0]?.items.length ?? 0)
  const q = useDeferredValue(search.trim())
  const sortName = sortNames.find((name) => name === sort?.id)
  const query: VolumeQuery = {
    ...(q && { q }),
    ...(filters.namespace && { namespace: filters.namespace }),
    ...(filters.node && { node: filters.node }),
    ...(filters.phase && { phase: filters.phase }),
    ...(filters.health && { health: filters.health }),
    ...(sortName && { sort: sortName, order: sort?.desc ? ('desc' as const) : ('asc' as const) }),
  }
  const served = useInfiniteQuery({
    ...volumesQuery(query),
    enabled: large,
    placeholderData: (previous) => previous,
  })
  const source = large ? served : all
  const rows = useMemo((): VolumeRow[] => source.data?.pages.flatMap((page) => page.items) ?? [], [source.data])
  const shown = useMemo(() => (large ? rows : filterVolumes(rows, filters)), [large, rows, filters])
  return {
    held: all.data !== undefined,
    /** All there are, before filters. */
    total,
    /** That match, where the server filters. */
    matching: large ? (served.data?.pages[0]?.total ?? 0) : shown.length,
    rows: shown,
    ordered: large,
    namespaces: useMemo(() => [...new Set(rows.map((row) => row.namespace))].sort(), [rows]),
    nodes: useMemo(() => [...new Set(rows.flatMap((row) => row.node ?? []))].sort(), [rows]),
    loading: large && served.isPending,
    error: source.error,
    retry: () => void source.refetch(),
    retrying: source.isFetching,
    more: () => {
      if (source.hasNextPage && !source.isFetchingNextPage) void source.fetchNextPage()
    },
  }
}
