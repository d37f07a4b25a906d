import type { Api, Change } from '../api/api.ts'
import { sameJson } from '../api/json.ts'
import { type KubeObject, keyOf } from '../api/object.ts'
import { CLAIMS, VOLUMES } from '../controllers/volume-binder.ts'
import type { Claim, CsiDriver, CsiNode, CsiStorageCapacity, Node, StorageClass } from '../kinds.ts'
import { CLASSES } from '../rules/storage.ts'
import { claimKeysOf } from './pod-needs.ts'
import type { Wake } from './scheduling-queue.ts'
import { volumeLimit } from './storage-index.ts'
import { CSI_DRIVERS, CSI_NODES } from './volume-filter.ts'

export const EXTENDER = 'Extender'
export const CAPACITIES = 'csistoragecapacities.storage.k8s.io'
const NODE_PLUGINS = [
  'NodeUnschedulable',
  'TaintToleration',
  'NodeAffinity',
  'NodePorts',
  'NodeResourcesFit',
  'VolumeBinding',
]

/** Wakes pods that one of the plugins refused; an extender gives no hints, so any change wakes what it refused. */
function forPlugins(...plugins: string[]): Wake {
  return (_, rejectors) => rejectors.has(EXTENDER) || plugins.some((plugin) => rejectors.has(plugin))
}

/** A pod that had a node is gone or finished. */
export const podLeft = forPlugins('NodeResourcesFit', 'NodePorts', 'VolumeRestrictions', 'NodeVolumeLimits')
/** Another pod has a node now, which helps nobody but may matter to an extender. */
export const podPlaced = forPlugins()

type Hint<T extends KubeObject> = (change: Change<T>) => Wake

const nodeHint: Hint<Node> = ({ type, object, previous }) => {
  if (type === 'DELETED') return forPlugins()
  if (!previous) return forPlugins(...NODE_PLUGINS)
  const plugins: string[] = []
  const changed = (part: (node: Node) => unknown): boolean => !sameJson(part(object), part(previous))
  if (changed((node) => node.metadata.labels)) plugins.push('NodeAffinity', 'VolumeBinding')
  if (changed((node) => node.spec?.taints)) plugins.push('TaintToleration')
  if (changed((node) => node.spec?.unschedulable)) plugins.push('NodeUnschedulable')
  if (changed((node) => node.status?.allocatable)) plugins.push('NodeResourcesFit')
  const conditions = (node: Node): unknown => node.status?.conditions?.map(({ type, status }) => [type, status])
  return plugins.length > 0 || changed(conditions) ? forPlugins(...plugins) : () => false
}

const claimHint: Hint<Claim> = ({ type, object }) => {
  const key = keyOf(object)
  const own = forPlugins('VolumeBinding', 'VolumeRestrictions', 'NodeVolumeLimits')
  return (pod, rejectors) =>
    rejectors.has(EXTENDER) || (type !== 'DELETED' && own(pod, rejectors) && claimKeysOf(pod).includes(key))
}

const classHint: Hint<StorageClass> = ({ type, object, previous }) => {
  const helps = type !== 'DELETED' && !sameJson(object.allowedTopologies, previous?.allowedTopologies ?? null)
  return !previous || helps ? forPlugins('VolumeBinding') : forPlugins()
}

const capacityHint: Hint<CsiStorageCapacity> = ({ type, object, previous }) => {
  const grew = type !== 'DELETED' && volumeLimit(object) > (previous ? volumeLimit(previous) : -1n)
  return grew ? forPlugins('VolumeBinding') : forPlugins()
}

const csiNodeHint: Hint<CsiNode> = ({ type, object, previous }) => {
  const limits = (node: CsiNode | undefined): unknown => node?.spec.drivers.map((d) => [d.name, d.allocatable?.count])
  return type !== 'DELETED' && !sameJson(limits(object) ?? null, limits(previous) ?? null)
    ? forPlugins('NodeVolumeLimits')
    : forPlugins()
}

const driverHint: Hint<CsiDriver> = ({ object, previous }) =>
  previous?.spec.storageCapacity && !object.spec.storageCapacity ? forPlugins('VolumeBinding') : forPlugins()

const volumeHint: Hint<KubeObject> = ({ type }) => (type === 'DELETED' ? forPlugins() : forPlugins('VolumeBinding'))

/** Tells of each change which pods it may help, as the plugins of kube-scheduler ask for it. Returns the way to stop. */
export function watchForWakes(api: Api, wake: (wake: Wake) => void): () => void {
  const on = <T extends KubeObject>(resource: string, hint: Hint<T>): (() => void) =>
    api.watch<T>(resource, (change) => wake(hint(change)))
  const stops = [
    on('nodes', nodeHint),
    on(CLAIMS, claimHint),
    on(VOLUMES, volumeHint),
    on(CLASSES, classHint),
    on(CAPACITIES, capacityHint),
    on(CSI_NODES, csiNodeHint),
    on(CSI_DRIVERS, driverHint),
  ]
  return () => {
    for (const stop of stops) stop()
  }
}
