import type {
  CoreEvent,
  Lister,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  StorageClass,
} from '@open-local/kube'
import type { NodeLocalStorage, NodeLocalStorageInitConfig, NodeLocalVolume } from '@open-local/shared'
import type { Pool } from '../scheduling/pools.ts'

/**
 * What lives here: what we know of the cluster (`ClusterView`, kept by reflectors), what the ledger makes of it
 * (`Books`), and the keeper that feeds the one into the other. Next door: `scheduling/` decides, `controller/` acts.
 */

/** Kinds by the name of their list in ClusterView. */
export interface ClusterKinds {
  nodes: Node
  pods: Pod
  claims: PersistentVolumeClaim
  volumes: PersistentVolume
  storageClasses: StorageClass
  nodeLocalStorages: NodeLocalStorage
  nodeLocalVolumes: NodeLocalVolume
  initConfigs: NodeLocalStorageInitConfig
  events: CoreEvent
}
export type ClusterKind = keyof ClusterKinds

/** Read-only lists of what the product looks at. Objects are shared: never change one. */
export type ClusterView = { readonly [K in ClusterKind]: Lister<ClusterKinds[K]> } & {
  /** Called after a list has changed, with the object's key. Returns the way to stop. Coalescing is the caller's. */
  subscribe(listener: (kind: ClusterKind, key: string) => void): () => void
  /** All lists are complete. Nothing may be answered before. */
  hasSynced(): boolean
}

/** A pool with what is promised of it. Sizes in bytes. */
export interface PoolBook extends Pool {
  /** Promised to volumes, assumptions included. */
  allocatedBytes: bigint
  /** Still promisable; never below 0. */
  availableBytes: bigint
  volumeIds: string[]
}

/** One node that cannot take a pod, and the sentence that says why. */
export interface Refusal {
  node: string
  message: string
}

/** What the ledger tells others. */
export interface Books {
  pools(): PoolBook[]
  poolsOf(node: string): PoolBook[]
  /** Where a claim (`<namespace>/<name>`) is or will be. */
  placementOf(claimKey: string): { node: string; pool: string } | undefined
  /** The latest refusals for a pod (`<namespace>/<name>`); empty when it was never refused. */
  refusalsFor(podKey: string): Refusal[]
}

/** Indexes that the lists carry. */
export const indexes = {
  /** pods: claims (`<namespace>/<claim>`) that the pod mounts, those of generic ephemeral volumes included. */
  podsByClaim: 'claim',
  /** nodeLocalVolumes and pods: by node name. */
  byNode: 'node',
} as const
