import type { GROUP, VERSION } from '../names.ts'
import type { Condition, ObjectMeta } from './metadata.ts'

/** What a node has and offers. Cluster-scoped, named after its node. Sizes are int64 bytes as JSON numbers. */
export interface NodeLocalStorage {
  apiVersion: `${typeof GROUP}/${typeof VERSION}`
  kind: 'NodeLocalStorage'
  metadata: ObjectMeta
  spec?: NodeLocalStorageSpec
  status?: NodeLocalStorageStatus
}

export interface NodeLocalStorageSpec extends StorageBlocks {
  nodeName?: string
}

/** The three blocks that an init config resolves for a node; replaced wholesale, never merged. */
export interface StorageBlocks {
  spdkConfig?: { deviceType?: string; rpcSocket?: string }
  listConfig?: ListConfig
  resourceToBeInited?: ResourceToBeInited
}

export interface ListConfig {
  vgs?: Selection
  mountPoints?: Selection
  devices?: Selection
}

/** RE2 expressions; a name is selected when the leftmost-first match is the whole name. Exclude wins. */
export interface Selection {
  include?: string[]
  exclude?: string[]
}

export interface ResourceToBeInited {
  vgs?: { name: string; devices: string[] }[]
  mountpoints?: { path: string; device: string; fsType?: string; options?: string[] }[]
}

export type MediaType = 'ssd' | 'hdd'
export type StorageCondition = 'DiskReady' | 'DiskFull' | 'DiskFault'

export interface NodeLocalStorageStatus {
  nodeStorageInfo?: NodeStorageInfo
  filteredStorageInfo?: FilteredStorageInfo
  /** Ours: metav1 conditions. `Discovered` (the last discovery), `Initialized` (resourceToBeInited is true). */
  conditions?: Condition[]
}

export interface NodeStorageInfo {
  deviceInfo?: DeviceInfo[]
  volumeGroups?: VolumeGroupInfo[]
  mountPoints?: MountPointInfo[]
  phase?: 'Pending' | 'Running' | 'Terminated'
  state?: StorageState
}

export interface StorageState {
  type?: StorageCondition
  status?: 'True' | 'False' | 'Unknown'
  /** Ours is a true heartbeat: at most a minute old while the agent lives. */
  lastHeartbeatTime?: string
  lastTransitionTime?: string
  reason?: string
  message?: string
}

export interface DeviceInfo {
  /** `/dev/<kernel name>` */
  name: string
  mediaType?: MediaType
  total: number
  readOnly: boolean
  condition?: StorageCondition
  // ours, optional:
  /** Stable identity across reboots: `wwn:…`, `serial:…`; absent when the disk has none. */
  id?: string
  serial?: string
  wwn?: string
  model?: string
  vendor?: string
  /** `nvme`, `sata`, `virtio`, `scsi`, … */
  transport?: string
  /** For a partition, its whole disk's name. */
  parent?: string
  /** Where a partition begins on its disk, in bytes. */
  startBytes?: number
  use?: DeviceUse
  /** What is on it, in words: "ext4", "LVM physical volume of pool0". */
  useDetail?: string
}

export type DeviceUse =
  | 'Free'
  | 'PhysicalVolume'
  | 'Partitioned'
  | 'FileSystem'
  | 'Mounted'
  | 'Swap'
  | 'Held'
  | 'Unknown'

export interface VolumeGroupInfo {
  name: string
  physicalVolumes: string[]
  logicalVolumes?: LogicalVolumeInfo[]
  total: number
  available: number
  /** What the scheduler may promise in all: total − foreign logical volumes − reserved. */
  allocatable: number
  condition?: StorageCondition
  // ours, optional:
  uuid?: string
  extentSize?: number
  /** Held back by the reservation annotation. */
  reserved?: number
  /** Sum of logical volumes that are not ours. */
  foreign?: number
  metadataSize?: number
  metadataFree?: number
  physicalVolumeInfo?: PhysicalVolumeInfo[]
}

export interface PhysicalVolumeInfo {
  /** `/dev/…`; absent from the host when `missing`. */
  name: string
  uuid?: string
  total: number
  available: number
  /** Where the first extent begins on the device, in bytes. */
  dataStart?: number
  missing?: boolean
}

export interface LogicalVolumeInfo {
  name: string
  vgname: string
  total: number
  readOnly?: boolean
  condition?: StorageCondition
  // ours, optional:
  uuid?: string
  /** Ours, by name or tag; anything else in the VolumeGroup is foreign. */
  own?: boolean
  segments?: LogicalVolumeSegment[]
}

/** A run of bytes of a logical volume on one physical volume, as offsets on that device. */
export interface LogicalVolumeSegment {
  device: string
  startBytes: number
  sizeBytes: number
}

export interface MountPointInfo {
  name: string
  total: number
  available: number
  fsType?: string
  isBind: boolean
  options?: string[]
  device?: string
  readOnly: boolean
  condition?: StorageCondition
}

export interface FilteredStorageInfo {
  volumeGroups?: string[]
  mountPoints?: string[]
  devices?: string[]
  updateStatusInfo?: {
    lastUpdateTime?: string
    updateStatus?: 'pending' | 'accepted' | 'failed'
    reason?: string
  }
}
