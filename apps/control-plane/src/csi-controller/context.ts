import type { VolumeLocks } from '@open-local/csi'
import type { Log, PersistentVolume } from '@open-local/kube'
import type { TopologyRequirement } from '@open-local/proto/csi'
import { OpenLocalError, TOPOLOGY_KEY } from '@open-local/shared'
import type { BooksKeeper } from '../cluster/books-keeper.ts'
import type { ClusterView } from '../cluster/cluster-view.ts'
import type { VolumeObjects } from './volume-objects.ts'

/** What every CSI call works with. */
export interface CsiContext {
  driver: string
  version: string
  view: ClusterView
  books: BooksKeeper
  objects: VolumeObjects
  locks: VolumeLocks
  log: Log
  /** Leader, and every cache filled. */
  ready: () => boolean
}

/** UNAVAILABLE until the caches are filled: nothing may be decided on half the truth. */
export function requireReady(context: CsiContext): void {
  if (!context.ready())
    throw new OpenLocalError('UNAVAILABLE', 'the control plane is starting: what the cluster holds is not known yet')
}

/** The node that the scheduler chose. INVALID_ARGUMENT without one: local volumes need WaitForFirstConsumer. */
export function requiredNode(requirement: TopologyRequirement | undefined): string {
  const topologies = [...(requirement?.preferred ?? []), ...(requirement?.requisite ?? [])]
  const node = topologies.map((topology) => topology.segments[TOPOLOGY_KEY]).find(Boolean)
  if (!node) {
    throw new OpenLocalError(
      'INVALID_ARGUMENT',
      `accessibility_requirements: no topology with ${TOPOLOGY_KEY}; set volumeBindingMode of the StorageClass to WaitForFirstConsumer`,
    )
  }
  return node
}

export function persistentVolumeOf(view: ClusterView, volumeId: string, driver: string): PersistentVolume | undefined {
  const named = view.volumes.get(volumeId)
  if (named?.spec.csi?.volumeHandle === volumeId && named.spec.csi.driver === driver) return named
  return view.volumes
    .list()
    .find((volume) => volume.spec.csi?.volumeHandle === volumeId && volume.spec.csi.driver === driver)
}
