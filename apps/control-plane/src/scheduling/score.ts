import type { Placement, PoolState, Strategy } from './fit.ts'

export const MAX_SCORE = 10

/**
 * How good a node is for these placements: 0..10. The mean over the pools touched of what would be used of them after
 * placement, everybody's volumes counted; high is good for `binpack`, low for `spread`.
 */
export function score(pools: readonly PoolState[], placements: readonly Placement[], strategy: Strategy): number {
  const taken = new Map<PoolState, bigint>()
  for (const placement of placements) {
    const pool = pools.find((p) => p.kind === placement.kind && p.name === placement.pool)
    if (pool) taken.set(pool, (taken.get(pool) ?? 0n) + placement.bytes)
  }
  if (taken.size === 0) return 0
  let sum = 0
  for (const [pool, bytes] of taken) {
    const used = pool.allocatableBytes - pool.availableBytes + bytes
    const part = pool.allocatableBytes > 0n ? Number((used * 10_000n) / pool.allocatableBytes) / 10_000 : 1
    sum += Math.min(1, Math.max(0, part))
  }
  const mean = sum / taken.size
  return Math.round(MAX_SCORE * (strategy === 'binpack' ? mean : 1 - mean))
}
