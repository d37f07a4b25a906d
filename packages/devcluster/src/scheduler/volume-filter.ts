import type { Api } from '../api/api.ts'
import { keyOf } from '../api/object.ts'
import { CLAIMS, fits, SELECTED_NODE, VOLUMES } from '../controllers/volume-binder.ts'
import type { Claim, CsiDriver, CsiNode, Node, Pod, StorageClass, Volume } from '../kinds.ts'
import { unitsOf } from '../quantity.ts'
import { CLASSES } from '../rules/storage.ts'
import { matchesNodeSelector } from './node-selector.ts'
import { claimKeysOf, claimNameOf } from './pod-needs.ts'
import type { NodeFilter, Refusal } from './refusal.ts'
import type { NodeInfo, Snapshot } from './snapshot.ts'
import type { StorageIndex } from './storage-index.ts'

export const CSI_NODES = 'csinodes.storage.k8s.io'
export const CSI_DRIVERS = 'csidrivers.storage.k8s.io'
const NO_PROVISIONER = 'kubernetes.io/no-provisioner'

/** What is to be done for the claims of a pod once a node is chosen. */
export interface NodeVolumes {
  /** A volume that exists, with the claim that gets it. */
  static: { claim: Claim; volume: Volume }[]
  /** Claims that a provisioner makes a volume for, on the node. */
  provision: Claim[]
}

export interface PodClaims {
  bound: Claim[]
  /** Claims of WaitForFirstConsumer classes, the smallest first. */
  waiting: Claim[]
}

/** The claims of a pod, or the one sentence why no node can do. Source: PreFilter of VolumeBinding. */
export function claimsOf(api: Api, pod: Pod): PodClaims | string {
  const claims: PodClaims = { bound: [], waiting: [] }
  let immediate = false
  const { namespace } = pod.metadata
  const seen = new Set<string>()
  for (const volume of pod.spec.volumes ?? []) {
    const name = claimNameOf(pod, volume)
    if (name === undefined || seen.has(name)) continue
    seen.add(name)
    const claim = api.get<Claim>(CLAIMS, namespace, name)
    if (!claim) {
      const waits = `waiting for ephemeral volume controller to create the persistentvolumeclaim "${name}"`
      return volume.ephemeral ? waits : `persistentvolumeclaim "${name}" not found`
    }
    const { volumeName = '', storageClassName = '' } = claim.spec
    if (claim.status?.phase === 'Lost')
      return `persistentvolumeclaim "${name}" bound to non-existent persistentvolume "${volumeName}"`
    if (claim.metadata.deletionTimestamp) return `persistentvolumeclaim "${name}" is being deleted`
    const owned = claim.metadata.ownerReferences?.some((o) => o.controller && o.uid === pod.metadata.uid)
    if (volume.ephemeral && !owned)
      return `PVC ${keyOf(claim)} was not created for pod ${keyOf(pod)} (pod is not owner)`
    const storageClass = api.get<StorageClass>(CLASSES, undefined, storageClassName)
    if (isFullyBound(claim)) claims.bound.push(claim)
    else if (storageClass?.volumeBindingMode === 'WaitForFirstConsumer' && !volumeName) claims.waiting.push(claim)
    else immediate = true
  }
  if (immediate) return 'pod has unbound immediate PersistentVolumeClaims'
  claims.waiting.sort((a, b) => compare(sizeOf(a), sizeOf(b)))
  return claims
}

export function isFullyBound({ spec, metadata }: Claim): boolean {
  return Boolean(spec.volumeName) && metadata.annotations?.['pv.kubernetes.io/bind-completed'] !== undefined
}

export function reaches({ spec }: Volume, node: Node): boolean {
  const required = spec.nodeAffinity?.required
  return !required || matchesNodeSelector(required, node)
}

/** VolumeRestrictions and NodeVolumeLimits: a ReadWriteOncePod claim in use, and what CSINode says a node can hold. */
export function volumeLimits(api: Api, pod: Pod, snapshot: Snapshot): NodeFilter[] {
  const keys = claimKeysOf(pod)
  if (keys.length === 0) return []
  const used = keys.some((key) => {
    const alone = claimAt(api, key)?.spec.accessModes?.includes('ReadWriteOncePod')
    return alone && snapshot.isClaimUsed(key)
  })
  const reason =
    'node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod'
  const wanted = new Map(keys.map((key) => [key, driverOf(api, claimAt(api, key))]))
  return [
    () => (used ? { plugin: 'VolumeRestrictions', reasons: [reason], unresolvable: false } : undefined),
    ({ name, pods }) => {
      const csiNode = api.get<CsiNode>(CSI_NODES, undefined, name)
      for (const { name: driver, allocatable } of csiNode?.spec.drivers ?? []) {
        if (allocatable?.count === undefined || ![...wanted.values()].includes(driver)) continue
        const there = new Set([...pods.values()].flatMap(claimKeysOf))
        const held = [...there].filter((key) => driverOf(api, claimAt(api, key)) === driver).length
        const added = [...wanted].filter(([key, d]) => d === driver && !there.has(key)).length
        if (added > 0 && held + added > allocatable.count)
          return { plugin: 'NodeVolumeLimits', reasons: ['node(s) exceed max volume count'], unresolvable: false }
      }
    },
  ]
}

function claimAt(api: Api, key: string): Claim | undefined {
  const [namespace, name = ''] = key.split('/')
  return api.get<Claim>(CLAIMS, namespace, name)
}

function driverOf(api: Api, claim: Claim | undefined): string | undefined {
  const { volumeName, storageClassName = '' } = claim?.spec ?? {}
  if (volumeName) return api.get<Volume>(VOLUMES, undefined, volumeName)?.spec.csi?.driver
  return api.get<StorageClass>(CLASSES, undefined, storageClassName)?.provisioner
}

/** VolumeBinding: whether a node can have the pod's volumes; `found` says which, for the nodes that can. */
export function volumeBinding(
  api: Api,
  index: StorageIndex,
  { bound, waiting }: PodClaims,
): { filter: NodeFilter; found: Map<string, NodeVolumes> } {
  const found = new Map<string, NodeVolumes>()
  const held = bound.map(({ spec }) => api.get<Volume>(VOLUMES, undefined, spec.volumeName!))
  const wanted = waiting.map((claim) => wantOf(api, index, claim))
  const filter = ({ name, node }: NodeInfo): Refusal | undefined => {
    const reasons: string[] = []
    if (!held.every((volume) => !volume || reaches(volume, node)))
      reasons.push("node(s) didn't match PersistentVolume's node affinity")
    const volumes = place(wanted, node, index)
    if (typeof volumes === 'string') reasons.push(volumes)
    else found.set(name, volumes)
    if (held.includes(undefined))
      reasons.push('node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)')
    if (reasons.length > 0) return { plugin: 'VolumeBinding', reasons, unresolvable: true }
  }
  return { filter, found }
}

/** A claim that waits, with all that does not depend on the node. */
interface Want {
  claim: Claim
  selectedNode: string | undefined
  /** Volumes that would do, the best first: the one that names the claim, or free ones by size. */
  volumes: Volume[]
  storageClass: StorageClass
  /** Whether the driver tells what room it has. */
  tracked: boolean
}

function wantOf(api: Api, index: StorageIndex, claim: Claim): Want {
  const { spec, metadata } = claim
  const selectedNode = metadata.annotations?.[SELECTED_NODE]
  const storageClass = api.get<StorageClass>(CLASSES, undefined, spec.storageClassName!)!
  const driver = api.get<CsiDriver>(CSI_DRIVERS, undefined, storageClass.provisioner)
  const tracked = driver?.spec.storageCapacity === true && spec.resources?.requests?.storage !== undefined
  const meant = index.meantFor(claim).filter((volume) => {
    const mine = (volume.spec.claimRef!.uid || metadata.uid) === metadata.uid
    const sameMode = (volume.spec.volumeMode ?? 'Filesystem') === (spec.volumeMode ?? 'Filesystem')
    return mine && sameMode && !volume.metadata.deletionTimestamp && roomOf(volume) >= sizeOf(claim)
  })
  const free = index
    .unclaimed(spec.storageClassName ?? '')
    .filter((v) => v.status?.phase === 'Available' && !v.metadata.deletionTimestamp && fits(v, claim))
    .sort((a, b) => compare(roomOf(a), roomOf(b)))
  const volumes = selectedNode !== undefined ? [] : meant.length > 0 ? meant.slice(0, 1) : free
  return { claim, selectedNode, volumes, storageClass, tracked }
}

/** Where the claims get their volumes if the pod comes to the node, or the reason why they can't. */
function place(wanted: readonly Want[], node: Node, index: StorageIndex): NodeVolumes | string {
  const noMatch = "node(s) didn't find available persistent volumes to bind"
  const { name, labels = {} } = node.metadata
  if (wanted.some(({ selectedNode = name }) => selectedNode !== name)) return noMatch
  const result: NodeVolumes = { static: [], provision: [] }
  const taken = new Set<Volume>()
  for (const { claim, volumes, storageClass, tracked } of wanted) {
    const volume = volumes.find((one) => !taken.has(one) && reaches(one, node))
    if (volume) {
      taken.add(volume)
      result.static.push({ claim, volume })
      continue
    }
    const { provisioner, allowedTopologies = [] } = storageClass
    const allowed = allowedTopologies.some(({ matchLabelExpressions }) =>
      matchLabelExpressions.every(({ key, values }) => values.includes(labels[key] ?? '\0')),
    )
    if (!provisioner || provisioner === NO_PROVISIONER || (allowedTopologies.length > 0 && !allowed)) return noMatch
    if (tracked && !index.hasCapacity(storageClass.metadata.name, sizeOf(claim), node))
      return 'node(s) did not have enough free storage'
    result.provision.push(claim)
  }
  return result
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function roomOf({ spec }: Volume): bigint {
  return unitsOf(spec.capacity.storage)
}

function sizeOf({ spec }: Claim): bigint {
  return unitsOf(spec.resources?.requests?.storage)
}

/** How well a claim fills the volume that exists already, 0..100, as the mean over classes. */
export function staticUse({ static: bindings }: NodeVolumes): number {
  const classes = Map.groupBy(bindings, ({ volume }) => volume.spec.storageClassName ?? '')
  if (classes.size === 0) return 0
  let sum = 0
  for (const group of classes.values()) {
    const asked = group.reduce((total, { claim }) => total + sizeOf(claim), 0n)
    const held = group.reduce((total, { volume }) => total + roomOf(volume), 0n)
    if (held > 0n) sum += Number((asked * 100n) / held)
  }
  return Math.round(sum / classes.size)
}
