import { type ClassParameters, formatBytes } from '@open-local/shared'
import { chargedBytes, type Pool, type PoolKind, poolKindOf } from './pools.ts'

export type Strategy = 'spread' | 'binpack'

/** One claim of a pod that asks for a volume of ours. */
export interface ClaimRequest {
  /** `<namespace>/<name>` */
  key: string
  uid: string
  sizeBytes: bigint
  parameters: ClassParameters
}

/** A pool as it stands: what is still promisable. */
export interface PoolState extends Pool {
  availableBytes: bigint
}

export interface Placement {
  claim: ClaimRequest
  node: string
  kind: PoolKind
  pool: string
  /** Bytes that the pool gives up. */
  bytes: bigint
}

/** Either a place for every claim, or one sentence why not. */
export type Fit = { placements: Placement[] } | { refusal: string }

/** Steps of the search before it gives up on odd cases; a pod has a handful of claims and a node a handful of pools. */
const SEARCH_LIMIT = 20_000

/**
 * Places all of a pod's claims on one node, or none. VolumeGroup claims are taken pinned first, then largest first, each
 * on the pool that the strategy prefers; when that leads nowhere the other choices are tried, so that claims which
 * fit in some way do fit. Exclusive claims take the smallest unit that is large enough. Deterministic.
 */
export function fit(
  node: string,
  pools: readonly PoolState[],
  claims: readonly ClaimRequest[],
  strategy: Strategy,
): Fit {
  const free = new Map(pools.filter((pool) => pool.offered && pool.healthy).map((pool) => [pool, pool.availableBytes]))
  const ordered = [...claims].sort(
    (a, b) =>
      Number(!a.parameters.vgName) - Number(!b.parameters.vgName) ||
      compare(b.sizeBytes, a.sizeBytes) ||
      compare(a.key, b.key),
  )
  const placements: Placement[] = []
  let steps = 0

  const place = (index: number): boolean => {
    const claim = ordered[index]
    if (!claim) return true
    if (++steps > SEARCH_LIMIT) return false
    for (const pool of candidates(free, claim, strategy)) {
      const bytes = chargedBytes(pool, claim.sizeBytes)
      const before = free.get(pool)!
      free.set(pool, before - bytes)
      placements.push({ claim, node, kind: pool.kind, pool: pool.name, bytes })
      if (place(index + 1)) return true
      placements.pop()
      free.set(pool, before)
    }
    return false
  }
  return place(0) ? { placements } : { refusal: explain(node, pools, ordered, strategy) }
}

/** Pools that can take the claim now, in the order of preference. */
function candidates(free: ReadonlyMap<PoolState, bigint>, claim: ClaimRequest, strategy: Strategy): PoolState[] {
  const able = [...free].filter(([pool, bytes]) => suits(pool, claim) && roomFor(pool, bytes, claim))
  const preferLeast = strategy === 'binpack' || claim.parameters.volumeType !== 'LVM'
  return able
    .sort(([a, x], [b, y]) => (preferLeast ? compare(x, y) : compare(y, x)) || compare(a.name, b.name))
    .map(([pool]) => pool)
}

function suits(pool: PoolState, { parameters }: ClaimRequest): boolean {
  if (pool.kind !== poolKindOf[parameters.volumeType]) return false
  if (parameters.vgName && pool.name !== parameters.vgName) return false
  return !parameters.mediaType || pool.mediaType === parameters.mediaType
}

function roomFor(pool: PoolState, freeBytes: bigint, claim: ClaimRequest): boolean {
  if (pool.kind !== 'VolumeGroup')
    return freeBytes === pool.allocatableBytes && freeBytes > 0n && freeBytes >= claim.sizeBytes
  return claim.sizeBytes > 0n && chargedBytes(pool, claim.sizeBytes) <= freeBytes
}

/** One sentence for a person, with the numbers of the pool that came nearest. */
function explain(
  node: string,
  pools: readonly PoolState[],
  claims: readonly ClaimRequest[],
  strategy: Strategy,
): string {
  for (const claim of claims) {
    const { parameters } = claim
    const name = claim.key.split('/').pop()
    const asks = formatBytes(claim.sizeBytes)
    const ofKind = pools.filter((pool) => suits(pool, claim))
    const usable = ofKind.filter((pool) => pool.offered && pool.healthy)
    const what = parameters.vgName
      ? `VolumeGroup ${parameters.vgName}`
      : `${parameters.mediaType ? `${parameters.mediaType} ` : ''}${poolKindOf[parameters.volumeType]}`
    if (usable.length === 0) {
      const why =
        ofKind.length === 0
          ? 'there is none'
          : ofKind.some((pool) => !pool.healthy)
            ? 'it is faulty'
            : 'listConfig does not offer it'
      return `node ${node} has no ${what} for claim ${name}: ${why}`
    }
    const free = new Map(usable.map((pool) => [pool, pool.availableBytes]))
    if (candidates(free, claim, strategy).length === 0) {
      const best = usable.reduce((a, b) => (b.availableBytes > a.availableBytes ? b : a))
      const reserved = best.reservedBytes > 0n ? `, ${formatBytes(best.reservedBytes)} reserved` : ''
      return `Insufficient space on node ${node}: ${best.name}: claim ${name} asks ${asks}, ${formatBytes(best.availableBytes)} available of ${formatBytes(best.capacityBytes)}${reserved}`
    }
  }
  const total = claims.reduce((sum, claim) => sum + claim.sizeBytes, 0n)
  const available = pools
    .filter((pool) => pool.offered && pool.healthy)
    .reduce((sum, pool) => sum + pool.availableBytes, 0n)
  return `Insufficient space on node ${node}: its ${claims.length} claims ask ${formatBytes(total)} together, and do not fit beside each other in the ${formatBytes(available)} available`
}

function compare<T extends bigint | string>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0
}
