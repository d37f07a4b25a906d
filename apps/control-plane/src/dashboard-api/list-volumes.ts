import type { VolumeRow } from '@open-local/shared/api'

export interface VolumeQuery {
  q?: string
  namespace?: string
  node?: string
  phase?: string
  health?: string
  sort: 'key' | 'node' | 'pool' | 'phase' | 'sizeBytes' | 'usedBytes' | 'createdAt' | 'health'
  order: 'asc' | 'desc'
  offset: number
  limit: number
}

const urgency = { critical: 0, attention: 1, unknown: 2, well: 3 } as const

/** Filtered, sorted (ties by key, unknown last) and cut to one page. */
export function listVolumeRows(rows: Iterable<VolumeRow>, query: VolumeQuery): { items: VolumeRow[]; total: number } {
  const words = (query.q ?? '').toLowerCase().split(/\s+/).filter(Boolean)
  const found = [...rows].filter(
    (row) =>
      (!query.namespace || row.namespace === query.namespace) &&
      (!query.node || row.node === query.node) &&
      (!query.phase || row.phase === query.phase) &&
      (!query.health || row.health === query.health) &&
      words.every((word) =>
        [row.key, row.node, row.pool, row.volumeId, row.storageClass, ...row.pods].some((text) =>
          text?.toLowerCase().includes(word),
        ),
      ),
  )
  const direction = query.order === 'desc' ? -1 : 1
  const value = (row: VolumeRow) => (query.sort === 'health' ? urgency[row.health] : row[query.sort])
  found.sort((a, b) => {
    const [x, y] = [value(a), value(b)]
    if (x !== y) {
      if (x === null) return 1
      if (y === null) return -1
      return (x < y ? -1 : 1) * direction
    }
    return a.key < b.key ? -1 : 1
  })
  return { items: found.slice(query.offset, query.offset + query.limit), total: found.length }
}
