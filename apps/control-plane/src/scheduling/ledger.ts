import type { ClaimRequest, Placement, PoolState } from './fit.ts'
import { chargedBytes, type Pool, type PoolKind, poolKey } from './pools.ts'

/** A volume that exists, or is being made, according to an object. */
export interface VolumeEntry {
  node: string
  kind: PoolKind
  pool: string
  sizeBytes: bigint
  claimKey?: string
  claimUid?: string
}

/** Which object says so. A NodeLocalVolume is nearer to the disk than a PersistentVolume. */
export type Source = 'NodeLocalVolume' | 'PersistentVolume'

interface Assumption {
  podKey: string
  placement: Placement
  expiresAt: number
}

/**
 * Who was promised what. Three kinds of entry: confirmed volumes (objects exist), assumptions (chosen, not yet
 * written), and pools (what there is). Durable nowhere: rebuilt from lists after a restart, and equal to what it was.
 * Every method may be repeated, and called in any order of events.
 */
export class Ledger {
  readonly #pools = new Map<string, Pool[]>()
  readonly #volumes = new Map<string, Partial<Record<Source, VolumeEntry>>>()
  /** Pool key → volume ids on it. */
  readonly #onPool = new Map<string, Set<string>>()
  /** By claim uid. */
  readonly #assumed = new Map<string, Assumption>()
  /** Claim uid → volume id. */
  readonly #confirmedClaims = new Map<string, string>()

  setPools(node: string, pools: Pool[]): void {
    this.#pools.set(node, pools)
  }

  removeNode(node: string): void {
    this.#pools.delete(node)
  }

  nodes(): string[] {
    return [...this.#pools.keys()]
  }

  hasNode(node: string): boolean {
    return this.#pools.has(node)
  }

  /** Counts a volume because its object exists. The claim's assumption, if any, is replaced by it. */
  confirm(volumeId: string, source: Source, entry: VolumeEntry): void {
    this.#unindex(volumeId)
    const entries = { ...this.#volumes.get(volumeId), [source]: entry }
    this.#volumes.set(volumeId, entries)
    this.#index(volumeId)
  }

  /** The object is gone. The volume counts on while another source still names it. */
  unconfirm(volumeId: string, source: Source): void {
    const entries = this.#volumes.get(volumeId)
    if (!entries?.[source]) return
    this.#unindex(volumeId)
    const { [source]: _, ...rest } = entries
    if (Object.keys(rest).length) {
      this.#volumes.set(volumeId, rest)
      this.#index(volumeId)
    } else this.#volumes.delete(volumeId)
  }

  /**
   * Counts the placements of one pod from now on, all or none; an earlier choice for the same claims is replaced.
   * Returns false, and leaves everything as it was, when they no longer fit.
   */
  assume(podKey: string, placements: readonly Placement[], expiresAt: number): boolean {
    const uids = new Set(placements.map((p) => p.claim.uid))
    const asked = new Map<string, bigint>()
    for (const placement of placements) {
      if (this.#confirmedClaims.has(placement.claim.uid)) continue
      const key = poolKey({ node: placement.node, kind: placement.kind, name: placement.pool })
      asked.set(key, (asked.get(key) ?? 0n) + placement.bytes)
    }
    for (const [key, bytes] of asked) {
      const pool = this.#pools.get(key.split('\0')[0]!)?.find((p) => poolKey(p) === key)
      if (!pool || pool.allocatableBytes - this.#allocated(pool, uids) < bytes) return false
    }
    for (const placement of placements) {
      if (!this.#confirmedClaims.has(placement.claim.uid))
        this.#assumed.set(placement.claim.uid, { podKey, placement, expiresAt })
    }
    return true
  }

  /** Stops counting what was assumed for a claim. Nothing happens when there is nothing. */
  forget(claimUid: string): void {
    this.#assumed.delete(claimUid)
  }

  forgetPod(podKey: string): void {
    for (const [uid, assumption] of this.#assumed) if (assumption.podKey === podKey) this.#assumed.delete(uid)
  }

  /** Forgets what has aged out; returns the claims' uids. */
  expire(now: number): string[] {
    const old = [...this.#assumed].filter(([, a]) => a.expiresAt <= now).map(([uid]) => uid)
    for (const uid of old) this.#assumed.delete(uid)
    return old
  }

  assumptionOf(claimUid: string): Placement | undefined {
    return this.#assumed.get(claimUid)?.placement
  }

  /** The pools of a node as they stand. `except`: claims whose own assumptions do not count against them. */
  statesOf(node: string, except: readonly Pick<ClaimRequest, 'uid'>[] = []): PoolState[] {
    const excluded = new Set(except.map((claim) => claim.uid))
    return (this.#pools.get(node) ?? []).map((pool) => {
      const available = pool.allocatableBytes - this.#allocated(pool, excluded)
      return { ...pool, availableBytes: available > 0n ? available : 0n }
    })
  }

  /** Bytes promised on a pool, assumptions included. */
  allocatedBytes(pool: Pool): bigint {
    return this.#allocated(pool, new Set())
  }

  volumesOn(pool: Pick<Pool, 'node' | 'kind' | 'name'>): string[] {
    return [...(this.#onPool.get(poolKey(pool)) ?? [])]
  }

  volume(volumeId: string): VolumeEntry | undefined {
    const entries = this.#volumes.get(volumeId)
    return entries?.NodeLocalVolume ?? entries?.PersistentVolume
  }

  volumeOfClaim(claimUid: string): string | undefined {
    return this.#confirmedClaims.get(claimUid)
  }

  #allocated(pool: Pool, excluded: ReadonlySet<string>): bigint {
    let sum = 0n
    for (const id of this.#onPool.get(poolKey(pool)) ?? []) sum += chargedBytes(pool, this.volume(id)!.sizeBytes)
    for (const [uid, { placement }] of this.#assumed) {
      if (excluded.has(uid) || this.#confirmedClaims.has(uid)) continue
      if (placement.node === pool.node && placement.kind === pool.kind && placement.pool === pool.name)
        sum += placement.bytes
    }
    return sum
  }

  #index(volumeId: string): void {
    const entry = this.volume(volumeId)!
    const key = poolKey({ node: entry.node, kind: entry.kind, name: entry.pool })
    const ids = this.#onPool.get(key) ?? new Set()
    this.#onPool.set(key, ids.add(volumeId))
    if (entry.claimUid) {
      this.#confirmedClaims.set(entry.claimUid, volumeId)
      this.#assumed.delete(entry.claimUid)
    }
  }

  #unindex(volumeId: string): void {
    const entry = this.volume(volumeId)
    if (!entry) return
    const key = poolKey({ node: entry.node, kind: entry.kind, name: entry.pool })
    const ids = this.#onPool.get(key)
    ids?.delete(volumeId)
    if (ids?.size === 0) this.#onPool.delete(key)
    if (entry.claimUid && this.#confirmedClaims.get(entry.claimUid) === volumeId)
      this.#confirmedClaims.delete(entry.claimUid)
  }
}
