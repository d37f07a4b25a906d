'use client'

import type { VolumeRow } from '@open-local/shared/api'
import type { ReactNode } from 'react'
import { useTranslations } from 'use-intl'
import { Button } from '../../components/button.tsx'
import { DataTable } from '../../components/data-table/data-table.tsx'
import { SearchField } from '../../components/data-table/search-field.tsx'
import { useTableUrl } from '../../components/data-table/use-table-url.ts'
import { FilterSelect } from '../../components/filter-select.tsx'
import { PageTitle } from '../../components/page-title.tsx'
import { SkeletonRows } from '../../components/skeleton.tsx'
import { EmptyState, ErrorState } from '../../components/states.tsx'
import { volumeHref } from '../../lib/hrefs.ts'
import { healths, phases, useVolumeFilters } from './use-volume-filters.ts'
import { useVolumes } from './use-volumes.ts'
import { useVolumeColumns } from './volume-columns.tsx'
import { volumeSearchText } from './volume-search-text.ts'

const defaultSort = { id: 'key', desc: false }

/** Where is my data, and is it well? */
export function VolumesPage() {
  const t = useTranslations('volumes')
  const tPhase = useTranslations('phase')
  const tHealth = useTranslations('health')
  const { search, setSearch, sort, setSort } = useTableUrl()
  const { filters, setFilter, clearFilters, filtered } = useVolumeFilters()
  const volumes = useVolumes(filters, search, sort)

  if (!volumes.held && volumes.error)
    return (
      <VolumesFrame>
        <ErrorState error={volumes.error} onRetry={volumes.retry} retrying={volumes.retrying} />
      </VolumesFrame>
    )
  if (!volumes.held) return <VolumesSkeleton />
  if (volumes.total === 0)
    return (
      <VolumesFrame>
        <NoVolumes />
      </VolumesFrame>
    )

  const clear = () => {
    setSearch('')
    clearFilters()
  }
  const asOptions = (values: string[]) => values.map((value) => ({ value, label: value }))
  return (
    <VolumesFrame
      beside={
        <span className="numeric text-ink-3" role="status">
          {filtered || search
            ? t('countOf', { shown: volumes.matching, total: volumes.total })
            : t('count', { count: volumes.total })}
        </span>
      }
      tools={
        <>
          <SearchField label={t('search')} value={search} onChange={setSearch} />
          <FilterSelect
            label={t('namespace')}
            any={t('anyNamespace')}
            value={filters.namespace}
            options={asOptions(volumes.namespaces)}
            onChange={(value) => setFilter('namespace', value)}
          />
          <FilterSelect
            label={t('node')}
            any={t('anyNode')}
            value={filters.node}
            options={asOptions(volumes.nodes)}
            onChange={(value) => setFilter('node', value)}
          />
          <FilterSelect
            label={t('phase')}
            any={t('anyPhase')}
            value={filters.phase}
            options={phases.map((value) => ({ value, label: tPhase(value) }))}
            onChange={(value) => setFilter('phase', value)}
          />
          <FilterSelect
            label={t('health')}
            any={t('anyHealth')}
            value={filters.health}
            options={healths.map((value) => ({ value, label: tHealth(value) }))}
            onChange={(value) => setFilter('health', value)}
          />
          {(filtered || search) && (
            <Button look="quiet" onClick={clear}>
              {t('clear')}
            </Button>
          )}
        </>
      }
    >
      <VolumeTable
        rows={volumes.rows}
        ordered={volumes.ordered}
        loading={volumes.loading}
        search={search}
        sort={sort}
        onSort={setSort}
        onEnd={volumes.more}
        onClear={clear}
      />
    </VolumesFrame>
  )
}

interface VolumeTableProps {
  rows: VolumeRow[]
  ordered?: boolean
  loading?: boolean
  search: string
  sort: { id: string; desc: boolean } | null
  onSort: (sort: { id: string; desc: boolean } | null) => void
  onEnd?: () => void
  onClear: () => void
}

export function VolumeTable({ rows, ordered, loading, search, sort, onSort, onEnd, onClear }: VolumeTableProps) {
  const t = useTranslations('volumes')
  const columns = useVolumeColumns({ withNode: true })
  if (loading) return <SkeletonRows rows={12} />
  return (
    <DataTable
      label={t('title')}
      rows={rows}
      columns={columns}
      rowKey={(volume) => volume.key}
      href={volumeHref}
      sort={sort}
      defaultSort={defaultSort}
      onSort={onSort}
      ordered={ordered}
      search={search}
      searchText={volumeSearchText}
      onEnd={onEnd}
      empty={
        <EmptyState
          icon="noMatch"
          title={search ? t('noMatch', { text: search }) : t('noMatchFilters')}
          action={<Button onClick={onClear}>{t('showAll')}</Button>}
        />
      }
    />
  )
}

export function NoVolumes() {
  const t = useTranslations('volumes')
  return (
    <EmptyState title={t('empty')}>
      <p>{t('emptyNext')}</p>
      <code className="mt-3 inline-block rounded-md bg-inset px-3 py-1.5 font-mono text-sm text-ink">
        kubectl apply -f examples/quickstart.yaml
      </code>
    </EmptyState>
  )
}

function VolumesFrame({ beside, tools, children }: { beside?: ReactNode; tools?: ReactNode; children: ReactNode }) {
  const t = useTranslations('volumes')
  return (
    <>
      <PageTitle title={t('title')} beside={beside} />
      {tools && <div className="mb-3 flex flex-wrap items-center gap-2">{tools}</div>}
      <div className="table-frame rounded-lg border border-line bg-surface">{children}</div>
    </>
  )
}

export function VolumesSkeleton() {
  return (
    <VolumesFrame tools={<div className="h-8" />}>
      <div className="h-9 border-b border-line" />
      <SkeletonRows rows={12} />
    </VolumesFrame>
  )
}
