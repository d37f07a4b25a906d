import { bytesFromJson } from '@open-local/shared'
import type { Books, ClusterView } from '../cluster/cluster-view.ts'
import { poolRowKey } from '../cluster/pool-row-key.ts'
import type { Usage } from './agent-usage.ts'

/** One look at one thing, as it is stored. Byte counts as decimal text: JSON numbers are not exact above 2^53. */
export interface SampleRow {
  /** `aside`: a pool that is not offered, hence no part of its node's or the fleet's space. */
  subject: 'pool' | 'aside' | 'volume'
  key: string
  at: number
  node: string
  capacity: string
  allocated: string | null
  reserved: string | null
  available: string | null
  used: string | null
}

/** Every pool and every volume as of now. Pure. Used bytes of a node whose agent did not answer are null. */
export function sampleRows(
  books: Books,
  view: Pick<ClusterView, 'nodeLocalVolumes'>,
  usage: Usage,
  at: number,
): SampleRow[] {
  const pools = books.pools().map((pool): SampleRow => {
    const used = pool.volumeIds.reduce((sum, id) => sum + (usage.used.get(id) ?? 0n), 0n)
    return {
      subject: pool.offered ? 'pool' : 'aside',
      key: poolRowKey(pool),
      at,
      node: pool.node,
      capacity: pool.capacityBytes.toString(),
      allocated: pool.allocatedBytes.toString(),
      reserved: pool.reservedBytes.toString(),
      available: pool.availableBytes.toString(),
      used: usage.heard.has(pool.node) ? used.toString() : null,
    }
  })
  const volumes = view.nodeLocalVolumes.list().map(
    ({ metadata, spec, status }): SampleRow => ({
      subject: 'volume',
      key: metadata.name,
      at,
      node: spec.nodeName,
      capacity: bytesFromJson(status?.sizeBytes ?? spec.sizeBytes).toString(),
      allocated: null,
      reserved: null,
      available: null,
      used: usage.used.get(metadata.name)?.toString() ?? null,
    }),
  )
  return [...pools, ...volumes]
}
