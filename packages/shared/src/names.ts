/** Names that other systems know us by: the original's contracts, kept letter by letter. */

export const DEFAULT_DRIVER = 'local.csi.aliyun.com'
/** The original's older driver name; its volumes are counted and served too. */
export const LEGACY_DRIVER = 'yodaplugin.csi.alibabacloud.com'

export const GROUP = 'csi.aliyun.com'
export const VERSION = 'v1alpha1'

/** Topology key of the driver; its value is the node's name. */
export const TOPOLOGY_KEY = 'kubernetes.io/hostname'

/** Label on NodeLocalVolumes: the node's name, or its digest where the name is longer than a label may be. */
export const NODE_LABEL = 'csi.aliyun.com/node'
/** Held by the node agent until the logical volume is gone from the disk. */
export const VOLUME_FINALIZER = 'csi.aliyun.com/logical-volume'

export const annotations = {
  /** On NodeLocalStorage: JSON, VolumeGroup name → quantity or percentage held back. */
  storageReserved: 'csi.aliyun.com/storage-reserved',
  /** On PV, by the original: JSON `{vgName, deviceName, volumeType}`. */
  pvAllocated: 'csi.aliyun.com/pv-allocated',
  selectedNode: 'volume.kubernetes.io/selected-node',
  /** On NodeLocalVolume, `true`: it was written to be deleted, so that its agent removes what may be there; nothing is made. */
  removeOnly: 'csi.aliyun.com/remove-only',
} as const

/** Keys of StorageClass parameters and of volume context. */
export const parameters = {
  volumeType: 'volumeType',
  mediaType: 'mediaType',
  vgName: 'vgName',
  lvmType: 'lvmType',
  iops: 'iops',
  bps: 'bps',
  spdk: 'spdk',
  direct: 'direct',
  /** Ours: what happens to the bytes when the volume is deleted. */
  wipePolicy: 'csi.aliyun.com/wipe-policy',
  fsType: 'csi.storage.k8s.io/fstype',
  pvcName: 'csi.storage.k8s.io/pvc/name',
  pvcNamespace: 'csi.storage.k8s.io/pvc/namespace',
  pvName: 'csi.storage.k8s.io/pv/name',
  device: 'Device',
  mountPoint: 'MountPoint',
} as const

/** LVM tags that let a logical volume describe itself after the API server is lost. */
export const lvTagPrefix = 'open-local'

/** Prefixes by which a logical volume is ours; everything else in a VolumeGroup is foreign. */
export const ownVolumePrefixes = ['local-', 'yoda-', 'csi-'] as const

const LABEL_VALUE_MAX = 63

/**
 * A node's name as a label value. Names up to 63 characters stand as they are; longer ones keep 46 characters and a
 * 16-digit FNV-1a digest, so equal names give equal labels everywhere (browser included).
 */
export function nodeLabelValue(nodeName: string): string {
  if (nodeName.length <= LABEL_VALUE_MAX) return nodeName
  let hash = 0xcbf29ce484222325n
  for (const byte of new TextEncoder().encode(nodeName))
    hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn
  return `${nodeName.slice(0, 46).replace(/[^A-Za-z0-9]+$/, '')}-${hash.toString(16).padStart(16, '0')}`
}
