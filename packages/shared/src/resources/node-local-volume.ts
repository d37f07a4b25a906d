import type { GROUP, VERSION } from '../names.ts'
import type { Condition, ObjectMeta } from './metadata.ts'

/**
 * What a node should hold: one volume of ours. Cluster-scoped, named after the CSI volume, labelled with its node.
 * The CSI controller writes spec and the deletion; the node's agent writes status and lets the finalizer go last.
 */
export interface NodeLocalVolume {
  apiVersion: `${typeof GROUP}/${typeof VERSION}`
  kind: 'NodeLocalVolume'
  metadata: ObjectMeta
  spec: NodeLocalVolumeSpec
  status?: NodeLocalVolumeStatus
}

export type VolumeType = 'LVM' | 'Device' | 'MountPoint'
export type WipePolicy = 'none' | 'discard' | 'zero'

export interface NodeLocalVolumeSpec {
  nodeName: string
  driver: string
  volumeType: VolumeType
  /** The VolumeGroup's name, the device (`/dev/…`) or the mount path that the volume is placed on. */
  pool: string
  /** Bytes asked for; the logical volume is rounded up to whole extents. */
  sizeBytes: number
  layout?: 'linear' | 'striping'
  accessType?: 'Filesystem' | 'Block'
  fsType?: string
  wipePolicy?: WipePolicy
  limits?: { iops?: number; bps?: number }
  claim?: { namespace: string; name: string; uid?: string }
  storageClassName?: string
}

export type NodeLocalVolumePhase = 'Pending' | 'Ready' | 'Failed' | 'Deleting'

export interface NodeLocalVolumeStatus {
  phase?: NodeLocalVolumePhase
  /** `/dev/<vg>/<lv>` */
  devicePath?: string
  /** Bytes that the logical volume really has. */
  sizeBytes?: number
  uuid?: string
  observedGeneration?: number
  /** One sentence when Failed: what happened and what to do. */
  message?: string
  /** Where it is staged and published on the node right now. */
  staged?: boolean
  mounts?: { path: string; readOnly?: boolean }[]
  conditions?: Condition[]
}
