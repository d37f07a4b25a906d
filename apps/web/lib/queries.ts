import type {
  getHistory,
  getNode,
  getOverview,
  getVolume,
  listNodes,
  listVolumes,
  QueryOf,
} from '@open-local/shared/api'
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { call } from './call.ts'
import { paths } from './paths.ts'

export type VolumeQuery = Omit<QueryOf<typeof listVolumes>, 'offset' | 'limit'>
export type HistoryQuery = Required<Pick<QueryOf<typeof getHistory>, 'subject' | 'range'>> & { key?: string }

/** Up to this many volumes are held whole and filtered in the browser; beyond it the server filters and sorts. */
export const VOLUME_PAGE = 2000

export const overviewQuery = () =>
  queryOptions({
    queryKey: ['overview'],
    queryFn: ({ signal }) => call<typeof getOverview>(paths.overview, { signal }),
  })

export const nodesQuery = () =>
  queryOptions({
    queryKey: ['nodes'],
    queryFn: ({ signal }) => call<typeof listNodes>(paths.nodes, { signal }),
  })

export const nodeQuery = (name: string) =>
  queryOptions({
    queryKey: ['node', name],
    queryFn: ({ signal }) => call<typeof getNode>(paths.node, { params: { name }, signal }),
  })

export const volumesQuery = (query: VolumeQuery = {}) =>
  infiniteQueryOptions({
    queryKey: ['volumes', query],
    queryFn: ({ signal, pageParam }) =>
      call<typeof listVolumes>(paths.volumes, {
        query: { ...query, offset: pageParam, limit: VOLUME_PAGE },
        signal,
      }),
    initialPageParam: 0,
    getNextPageParam: (last, pages) => {
      const held = pages.reduce((sum, page) => sum + page.items.length, 0)
      return last.items.length > 0 && held < last.total ? held : undefined
    },
  })

export const volumeQuery = (namespace: string, claim: string) =>
  queryOptions({
    queryKey: ['volume', `${namespace}/${claim}`],
    queryFn: ({ signal }) => call<typeof getVolume>(paths.volume, { params: { namespace, claim }, signal }),
  })

export const historyQuery = (query: HistoryQuery) =>
  queryOptions({
    queryKey: ['history', query],
    queryFn: ({ signal }) => call<typeof getHistory>(paths.history, { query, signal }),
    // A sample is taken each 30 s; deltas do not carry them.
    refetchInterval: 30_000,
  })
