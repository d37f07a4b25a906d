import { bytesFromJson, type MediaType, type NodeLocalStorage, type VolumeGroupInfo } from '@open-local/shared'

/**
 * What lives here: placement, pure. Values in, values out, time passed in. The extender, the CSI controller, GetCapacity
 * and the dashboard all ask these functions, so that filter, score and allocation can not disagree.
 */

export type PoolKind = 'VolumeGroup' | 'BlockDevice' | 'MountPoint'

/** What a volume of each type is placed on. */
export const poolKindOf = { LVM: 'VolumeGroup', Device: 'BlockDevice', MountPoint: 'MountPoint' } as const

/** Whatever a volume can be placed on, as its node reports it. Sizes in bytes. */
export interface Pool {
  node: string
  kind: PoolKind
  name: string
  mediaType: MediaType | 'mixed' | 'unknown'
  /** All of it. */
  capacityBytes: bigint
  /** What may be promised in all: capacity − foreign − reserved. */
  allocatableBytes: bigint
  reservedBytes: bigint
  foreignBytes: bigint
  /** Volumes are charged in whole extents; 1 for exclusive pools. */
  extentBytes: bigint
  /** Selected by listConfig. Only offered pools are chosen. */
  offered: boolean
  healthy: boolean
  /** Of a VolumeGroup: its physical volumes' free bytes, for striping. */
  physicalVolumes: { name: string; availableBytes: bigint }[]
}

const DEFAULT_EXTENT = 4n << 20n
const mountableFileSystems = new Set(['ext3', 'ext4', 'xfs'])

/** Key of a pool in maps: unique, as no part may hold a NUL. */
export function poolKey(pool: { node: string; kind: PoolKind; name: string }): string {
  return `${pool.node}\0${pool.kind}\0${pool.name}`
}

/** Every pool that a node reports, offered or not. A name that is offered but not in the inventory is skipped. */
export function poolsOf(storage: NodeLocalStorage): Pool[] {
  const node = storage.metadata.name
  const info = storage.status?.nodeStorageInfo
  const offered = storage.status?.filteredStorageInfo
  const media = new Map((info?.deviceInfo ?? []).map((device) => [device.name, device.mediaType ?? 'unknown'] as const))
  const groups = (info?.volumeGroups ?? []).map((group) =>
    volumeGroup(node, group, media, offered?.volumeGroups?.includes(group.name) ?? false),
  )
  const devices = (info?.deviceInfo ?? [])
    .filter((device) => offered?.devices?.includes(device.name))
    .map((device) =>
      exclusive(
        node,
        'BlockDevice',
        device.name,
        bytesFromJson(device.total),
        media.get(device.name) ?? 'unknown',
        !device.readOnly && device.condition !== 'DiskFault',
      ),
    )
  const mounts = (info?.mountPoints ?? [])
    .filter((mount) => offered?.mountPoints?.includes(mount.name))
    .map((mount) =>
      exclusive(
        node,
        'MountPoint',
        mount.name,
        bytesFromJson(mount.total),
        media.get(mount.device ?? '') ?? 'unknown',
        !mount.readOnly && mountableFileSystems.has(mount.fsType ?? '') && mount.condition !== 'DiskFault',
      ),
    )
  return [...groups, ...devices, ...mounts]
}

function volumeGroup(
  node: string,
  group: VolumeGroupInfo,
  media: Map<string, MediaType | 'unknown'>,
  offered: boolean,
): Pool {
  const kinds = new Set(group.physicalVolumes.map((device) => media.get(device) ?? 'unknown'))
  return {
    node,
    kind: 'VolumeGroup',
    name: group.name,
    mediaType: kinds.size === 1 ? [...kinds][0]! : kinds.size ? 'mixed' : 'unknown',
    capacityBytes: bytesFromJson(group.total),
    allocatableBytes: bytesFromJson(group.allocatable),
    reservedBytes: bytesFromJson(group.reserved),
    foreignBytes: bytesFromJson(group.foreign),
    extentBytes: bytesFromJson(group.extentSize) || DEFAULT_EXTENT,
    offered,
    healthy: group.condition !== 'DiskFault',
    physicalVolumes: (group.physicalVolumeInfo ?? []).map((pv) => ({
      name: pv.name,
      availableBytes: bytesFromJson(pv.available),
    })),
  }
}

function exclusive(
  node: string,
  kind: PoolKind,
  name: string,
  bytes: bigint,
  mediaType: MediaType | 'unknown',
  healthy: boolean,
): Pool {
  return {
    node,
    kind,
    name,
    mediaType,
    capacityBytes: bytes,
    allocatableBytes: bytes,
    reservedBytes: 0n,
    foreignBytes: 0n,
    extentBytes: 1n,
    offered: true,
    healthy,
    physicalVolumes: [],
  }
}

/** What a volume of `sizeBytes` takes of the pool: whole extents of a VolumeGroup, all of an exclusive pool. */
export function chargedBytes(pool: Pick<Pool, 'kind' | 'extentBytes' | 'allocatableBytes'>, sizeBytes: bigint): bigint {
  if (pool.kind !== 'VolumeGroup') return pool.allocatableBytes
  return ((sizeBytes + pool.extentBytes - 1n) / pool.extentBytes) * pool.extentBytes
}
