import type {
  Change,
  listNodes,
  listVolumes,
  NodeDetail,
  Overview,
  PoolRow,
  ReplyOf,
  VolumeDetail,
  VolumeRow,
} from '@open-local/shared/api'
import type { InfiniteData, QueryClient } from '@tanstack/react-query'
import { mergePatch } from './merge-patch.ts'

type NodeList = ReplyOf<typeof listNodes>
type VolumePages = InfiniteData<ReplyOf<typeof listVolumes>, number>
type QueryKey = readonly unknown[]

/**
 * Applies changes, oldest first, to every held query that shows their rows. Returns the keys of queries that a row
 * alone cannot bring up to date (a node's disks, a volume's chain, one page of many): fetch those again, debounced.
 */
export function applyChanges(client: QueryClient, changes: readonly Change[]): QueryKey[] {
  const outdated = new Map<string, QueryKey>()
  const mark = (key: QueryKey) => {
    if (client.getQueryState(key)) outdated.set(JSON.stringify(key), key)
  }
  for (const change of changes) {
    if (change.resource === 'overview') applyToOverview(client, change)
    else if (change.resource === 'nodes') applyToNodes(client, change, mark)
    else if (change.resource === 'pools') applyToPools(client, change, mark)
    else applyToVolumes(client, change, mark)
  }
  return [...outdated.values()]
}

function applyToOverview(client: QueryClient, { patch }: Change): void {
  if (patch) client.setQueryData<Overview>(['overview'], (held) => held && mergePatch(held, patch))
}

function applyToNodes(client: QueryClient, { key, patch }: Change, mark: (key: QueryKey) => void): void {
  client.setQueryData<NodeList>(['nodes'], (held) => {
    const items = held && patchRows(held.items, (row) => row.name, key, patch)
    return held && items && items !== held.items ? { ...held, items } : held
  })
  client.setQueryData<NodeDetail>(['node', key], (held) =>
    held && patch ? { ...held, node: mergePatch(held.node, patch) } : held,
  )
  mark(['node', key])
}

function applyToPools(client: QueryClient, { key, patch }: Change, mark: (key: QueryKey) => void): void {
  const poolKey = (row: PoolRow) => row.key
  client.setQueryData<Overview>(['overview'], (held) => {
    // Which pools are fullest is the overview's own change to tell; here only those already listed move.
    if (!held?.fullestPools.some((row) => row.key === key)) return held
    return { ...held, fullestPools: patchRows(held.fullestPools, poolKey, key, patch) }
  })
  const node = key.split('/', 1)[0] ?? ''
  client.setQueryData<NodeDetail>(['node', node], (held) => {
    const pools = held && patchRows(held.pools, poolKey, key, patch)
    return held && pools && pools !== held.pools ? { ...held, pools } : held
  })
  mark(['node', node])
}

function applyToVolumes(client: QueryClient, { key, patch }: Change, mark: (key: QueryKey) => void): void {
  const volumeKey = (row: VolumeRow) => row.key
  for (const query of client.getQueryCache().findAll({ queryKey: ['volumes'] })) {
    client.setQueryData<VolumePages>(
      query.queryKey,
      (held) => held && patchPages(held, key, patch, () => mark(query.queryKey)),
    )
  }
  const [, held] = client.getQueriesData<VolumeDetail>({ queryKey: ['volume', key] })[0] ?? []
  if (held && patch)
    client.setQueryData<VolumeDetail>(['volume', key], { ...held, volume: mergePatch(held.volume, patch) })
  mark(['volume', key])
  for (const query of client.getQueryCache().findAll({ queryKey: ['node'] })) {
    const detail = query.state.data as NodeDetail | undefined
    if (!detail) continue
    const listed = detail.volumes.some((row) => row.key === key)
    if (listed) {
      const volumes = patchRows(detail.volumes, volumeKey, key, patch)
      client.setQueryData<NodeDetail>(query.queryKey, { ...detail, volumes })
    }
    if (listed || patch?.node === detail.node.name) mark(query.queryKey)
  }
}

function patchPages(held: VolumePages, key: string, patch: Change['patch'], outdated: () => void): VolumePages {
  const at = held.pages.findIndex((page) => page.items.some((row) => row.key === key))
  const whole = held.pages.length === 1 && held.pages[0]!.items.length === held.pages[0]!.total
  // A part of many rows: where a new row belongs, and what moves up for a gone one, only the server knows.
  if (!whole && (at < 0 || patch === null)) outdated()
  if (at < 0 && !whole) return held
  const pages = held.pages.map((page, index) => {
    if (index !== Math.max(at, 0)) return page
    const items = patchRows(page.items, (row) => row.key, key, patch)
    return items === page.items ? page : { ...page, items, total: page.total + items.length - page.items.length }
  })
  return { ...held, pages }
}

/** `rows` with one row patched, added (a full patch of an unknown key) or removed; the same array if nothing changed. */
function patchRows<T extends object>(rows: T[], keyOf: (row: T) => string, key: string, patch: Change['patch']): T[] {
  const index = rows.findIndex((row) => keyOf(row) === key)
  if (patch === null) return index < 0 ? rows : rows.toSpliced(index, 1)
  if (index >= 0) return rows.with(index, mergePatch(rows[index]!, patch))
  const added = patch as T
  // A partial patch of a row that is not held is not a row.
  return keyOf(added) === key && 'health' in added ? [...rows, added] : rows
}
