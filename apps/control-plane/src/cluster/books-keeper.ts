import { keyOf, type Log, type PersistentVolume, type PersistentVolumeClaim, type Pod } from '@open-local/kube'
import {
  annotations,
  bytesFromJson,
  LEGACY_DRIVER,
  messageOf,
  type NodeLocalVolume,
  parameters,
  TOPOLOGY_KEY,
  tryParseQuantity,
} from '@open-local/shared'
import { type ClaimRequest, fit, type Strategy } from '../scheduling/fit.ts'
import { Ledger, type VolumeEntry } from '../scheduling/ledger.ts'
import { poolKindOf, poolsOf } from '../scheduling/pools.ts'
import { podOfClaim, requestOf, requestsOf } from './claims.ts'
import type { ClusterCache } from './cluster-cache.ts'
import type { Books, ClusterView, PoolBook, Refusal } from './cluster-view.ts'

/** An assumption that nothing came of is forgotten after this long. */
const ASSUMPTION_MS = 5 * 60_000
/** Pods whose refusals are remembered. */
const REFUSALS_KEPT = 5_000

export interface BooksOptions {
  driver: string
  strategy: Strategy
  log: Log
  now?: () => number
}

/** Feeds the ledger from the cluster's events, and answers from it. */
export class BooksKeeper implements Books {
  readonly ledger = new Ledger()
  readonly #view: ClusterView
  readonly #options: BooksOptions
  readonly #refusals = new Map<string, Refusal[]>()
  readonly #now: () => number

  constructor(view: ClusterView, options: BooksOptions) {
    this.#view = view
    this.#options = options
    this.#now = options.now ?? Date.now
  }

  /** Attaches to the reflectors; everything in them is told again, so it may be called before or after they start. */
  attach({ reflectors }: Pick<ClusterCache, 'reflectors'>): void {
    reflectors.nodeLocalStorages.addHandlers({
      onAdd: (storage) => this.ledger.setPools(storage.metadata.name, poolsOf(storage)),
      onUpdate: (_, storage) => this.ledger.setPools(storage.metadata.name, poolsOf(storage)),
      onDelete: (storage) => this.ledger.removeNode(storage.metadata.name),
    })
    const confirmNodeLocalVolume = (volume: NodeLocalVolume) =>
      this.ledger.confirm(volume.metadata.name, 'NodeLocalVolume', entryOfNodeLocalVolume(volume))
    reflectors.nodeLocalVolumes.addHandlers({
      onAdd: confirmNodeLocalVolume,
      onUpdate: (_, volume) => confirmNodeLocalVolume(volume),
      onDelete: (volume) => this.ledger.unconfirm(volume.metadata.name, 'NodeLocalVolume'),
    })
    const confirmPersistentVolume = (volume: PersistentVolume) => {
      const entry = this.#entryOfPersistentVolume(volume)
      if (entry) this.ledger.confirm(volume.spec.csi!.volumeHandle, 'PersistentVolume', entry)
    }
    reflectors.volumes.addHandlers({
      onAdd: confirmPersistentVolume,
      onUpdate: (_, volume) => confirmPersistentVolume(volume),
      onDelete: (volume) => {
        if (volume.spec.csi) this.ledger.unconfirm(volume.spec.csi.volumeHandle, 'PersistentVolume')
      },
    })
    reflectors.claims.addHandlers({
      onAdd: (claim) => this.#claimChanged(undefined, claim),
      onUpdate: (old, claim) => this.#claimChanged(old, claim),
      onDelete: (claim) => this.ledger.forget(claim.metadata.uid ?? ''),
    })
    reflectors.pods.addHandlers({
      onDelete: (pod) => {
        this.#refusals.delete(keyOf(pod))
        this.ledger.forgetPod(keyOf(pod))
      },
    })
  }

  /** To be called now and then. Whether anything was given back. */
  expire(): boolean {
    const expired = this.ledger.expire(this.#now())
    if (expired.length) this.#options.log.info({ claims: expired }, 'assumptions aged out')
    return expired.length > 0
  }

  /**
   * Assumes all unbound claims of the claim's pod on `node`, unless they are assumed there already.
   * Returns the sentence that says why when they do not fit.
   */
  assume(claim: PersistentVolumeClaim, node: string): string | undefined {
    const { driver } = this.#options
    const key = keyOf(claim)
    const pod = podOfClaim(this.#view, key)
    const requests = pod ? requestsOf(this.#view, pod, driver) : requestOf(this.#view, claim, driver)
    // The claim may be newer than what the cache has of its pod's list.
    const all = requests.some((r) => r.key === key) ? requests : [...requests, ...requestOf(this.#view, claim, driver)]
    const open = all.filter((request) => !this.ledger.volumeOfClaim(request.uid))
    if (open.every((request) => this.ledger.assumptionOf(request.uid)?.node === node)) return undefined
    return this.#place(pod, open, node)
  }

  #place(pod: Pod | undefined, requests: ClaimRequest[], node: string): string | undefined {
    const found = fit(node, this.ledger.statesOf(node, requests), requests, this.#options.strategy)
    if ('refusal' in found) return found.refusal
    const podKey = pod ? keyOf(pod) : (requests[0]?.key ?? '')
    const done = this.ledger.assume(podKey, found.placements, this.#now() + ASSUMPTION_MS)
    return done ? undefined : `node ${node} has changed while placing; try again`
  }

  #claimChanged(old: PersistentVolumeClaim | undefined, claim: PersistentVolumeClaim): void {
    const node = claim.metadata.annotations?.[annotations.selectedNode]
    const uid = claim.metadata.uid ?? ''
    if (claim.spec.volumeName || claim.metadata.deletionTimestamp) return
    if (!node) {
      if (old?.metadata.annotations?.[annotations.selectedNode]) this.ledger.forget(uid)
      return
    }
    try {
      const refusal = this.assume(claim, node)
      if (refusal)
        this.#options.log.warn(
          { claim: keyOf(claim), node, refusal },
          'the node that was selected cannot take the claim',
        )
    } catch (error) {
      this.#options.log.warn({ claim: keyOf(claim), node, error: messageOf(error) }, 'a claim cannot be understood')
    }
  }

  remember(podKey: string, refusals: Refusal[]): void {
    this.#refusals.delete(podKey)
    if (refusals.length === 0) return
    this.#refusals.set(podKey, refusals)
    if (this.#refusals.size > REFUSALS_KEPT) this.#refusals.delete(this.#refusals.keys().next().value!)
  }

  refusalsFor(podKey: string): Refusal[] {
    return this.#refusals.get(podKey) ?? []
  }

  pools(): PoolBook[] {
    return this.ledger.nodes().flatMap((node) => this.poolsOf(node))
  }

  poolsOf(node: string): PoolBook[] {
    return this.ledger.statesOf(node).map((pool) => ({
      ...pool,
      allocatedBytes: this.ledger.allocatedBytes(pool),
      volumeIds: this.ledger.volumesOn(pool),
    }))
  }

  placementOf(claimKey: string): { node: string; pool: string } | undefined {
    const uid = this.#view.claims.get(claimKey)?.metadata.uid ?? ''
    const assumed = this.ledger.assumptionOf(uid)
    if (assumed) return { node: assumed.node, pool: assumed.pool }
    const volume = this.ledger.volume(this.ledger.volumeOfClaim(uid) ?? '')
    return volume && { node: volume.node, pool: volume.pool }
  }

  /** A volume of ours that only a PersistentVolume tells of: one that the original made. */
  #entryOfPersistentVolume(volume: PersistentVolume): VolumeEntry | undefined {
    const { csi, claimRef, capacity } = volume.spec
    if (!csi || (csi.driver !== this.#options.driver && csi.driver !== LEGACY_DRIVER)) return undefined
    const place = placeOfPersistentVolume(volume)
    if (!place) return undefined
    return {
      ...place,
      sizeBytes: tryParseQuantity(capacity?.storage) ?? 0n,
      ...(claimRef?.name ? { claimKey: `${claimRef.namespace}/${claimRef.name}`, claimUid: claimRef.uid } : {}),
    }
  }
}

function entryOfNodeLocalVolume({ spec, status }: NodeLocalVolume): VolumeEntry {
  const [asked, real] = [bytesFromJson(spec.sizeBytes), bytesFromJson(status?.sizeBytes)]
  return {
    node: spec.nodeName,
    kind: poolKindOf[spec.volumeType],
    pool: spec.pool,
    sizeBytes: real > asked ? real : asked,
    claimKey: spec.claim && `${spec.claim.namespace}/${spec.claim.name}`,
    claimUid: spec.claim?.uid,
  }
}

/** Node and pool of a PV: its affinity, and the original's annotation or volume attributes (reference/csi.md §5). */
export function placeOfPersistentVolume(
  volume: PersistentVolume,
): Pick<VolumeEntry, 'node' | 'kind' | 'pool'> | undefined {
  const terms = volume.spec.nodeAffinity?.required?.nodeSelectorTerms ?? []
  const node = terms.flatMap((term) => term.matchExpressions ?? []).find((e) => e.key === TOPOLOGY_KEY)?.values?.[0]
  const attributes = volume.spec.csi?.volumeAttributes ?? {}
  const type = attributes[parameters.volumeType] as keyof typeof poolKindOf | undefined
  const kind = type && poolKindOf[type]
  const pool =
    kind === 'VolumeGroup'
      ? (allocatedVolumeGroup(volume) ?? attributes[parameters.vgName])
      : attributes[kind === 'BlockDevice' ? parameters.device : parameters.mountPoint]
  return node && kind && pool ? { node, kind, pool } : undefined
}

function allocatedVolumeGroup(volume: PersistentVolume): string | undefined {
  try {
    return (
      (JSON.parse(volume.metadata.annotations?.[annotations.pvAllocated] ?? '{}') as { vgName?: string }).vgName ||
      undefined
    )
  } catch {
    return undefined
  }
}
