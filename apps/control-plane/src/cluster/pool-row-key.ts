import type { PoolKind } from '../scheduling/pools.ts'

/** A pool's key in the API and the history: `<node>/<kind>/<name>`. */
export function poolRowKey(pool: { node: string; kind: PoolKind; name: string }): string {
  return `${pool.node}/${pool.kind}/${pool.name}`
}
