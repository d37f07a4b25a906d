import type { ClassParameters } from '@open-local/shared'
import type { PoolState } from './fit.ts'
import { poolKindOf } from './pools.ts'

export interface Capacity {
  /** Bytes that volumes of these parameters may still take, together. */
  availableBytes: bigint
  /** The largest single one that fits. */
  largestBytes: bigint
}

/** What is left in `pools` for volumes of a class. */
export function capacityFor(pools: readonly PoolState[], parameters: ClassParameters): Capacity {
  let [availableBytes, largestBytes] = [0n, 0n]
  for (const pool of pools) {
    if (!serves(pool, parameters)) continue
    // An exclusive pool is free as a whole or not at all.
    const free = pool.kind === 'VolumeGroup' || pool.availableBytes === pool.allocatableBytes ? pool.availableBytes : 0n
    availableBytes += free
    if (free > largestBytes) largestBytes = free
  }
  return { availableBytes, largestBytes }
}

function serves(pool: PoolState, parameters: ClassParameters): boolean {
  return (
    pool.offered &&
    pool.healthy &&
    pool.kind === poolKindOf[parameters.volumeType] &&
    (!parameters.vgName || parameters.vgName === pool.name) &&
    (!parameters.mediaType || parameters.mediaType === pool.mediaType)
  )
}
