import { bytesToJson, type LogicalVolumeInfo, type VolumeGroupInfo } from '@open-local/shared'
import type { LogicalVolume, VolumeGroup } from '../host/host.ts'
import { isOwnVolume } from './own-volume.ts'
import type { Reservation } from './reservation.ts'

/**
 * A VolumeGroup as the scheduler sees it: allocatable = total − foreign − reserved, never below 0. With a physical
 * volume missing LVM makes nothing new, so allocatable is what is promised already.
 */
export function volumeGroupInfoOf(group: VolumeGroup, reservation: Reservation): VolumeGroupInfo {
  const { extentSizeBytes, sizeBytes } = group
  // Bytes on the disks, which for a stripe, a mirror or a snapshot store are not the volume's own size.
  const taken = ({ extents }: LogicalVolume) => BigInt(extents.reduce((sum, e) => sum + e.count, 0)) * extentSizeBytes
  const own = group.logicalVolumes.filter(isOwnVolume)
  const ownBytes = own.reduce((sum, v) => sum + taken(v), 0n)
  const foreign = group.logicalVolumes.filter((v) => !isOwnVolume(v)).reduce((sum, v) => sum + taken(v), 0n)
  const reserved = reservation(group.name, sizeBytes)
  const missing = group.physicalVolumes.some((p) => p.missing)
  const rest = max(sizeBytes - foreign - reserved, 0n)
  const allocatable = missing && rest > ownBytes ? ownBytes : rest
  return {
    name: group.name,
    physicalVolumes: group.physicalVolumes.map((p) => p.device),
    logicalVolumes: group.logicalVolumes.filter((v) => !v.hidden).map((v) => logicalVolumeInfoOf(v, group)),
    total: bytesToJson(sizeBytes),
    available: bytesToJson(group.freeBytes),
    allocatable: bytesToJson(allocatable),
    condition: missing ? 'DiskFault' : group.freeBytes === 0n ? 'DiskFull' : 'DiskReady',
    uuid: group.uuid,
    extentSize: bytesToJson(extentSizeBytes),
    reserved: bytesToJson(reserved),
    foreign: bytesToJson(foreign),
    metadataSize: optional(group.metadataSizeBytes),
    metadataFree: optional(group.metadataFreeBytes),
    physicalVolumeInfo: group.physicalVolumes.map((p) => ({
      name: p.device,
      uuid: p.uuid,
      total: bytesToJson(p.sizeBytes),
      available: bytesToJson(p.freeBytes),
      dataStart: bytesToJson(p.dataStartBytes),
      missing: p.missing || undefined,
    })),
  }
}

function logicalVolumeInfoOf(volume: LogicalVolume, group: VolumeGroup): LogicalVolumeInfo {
  const dataStart = new Map(group.physicalVolumes.map((p) => [p.device, p.dataStartBytes]))
  return {
    name: volume.name,
    vgname: group.name,
    total: bytesToJson(volume.sizeBytes),
    readOnly: volume.readOnly || undefined,
    condition: 'DiskReady',
    uuid: volume.uuid,
    own: isOwnVolume(volume) || undefined,
    segments: volume.extents.map(({ device, start, count }) => ({
      device,
      startBytes: bytesToJson((dataStart.get(device) ?? 0n) + BigInt(start) * group.extentSizeBytes),
      sizeBytes: bytesToJson(BigInt(count) * group.extentSizeBytes),
    })),
  }
}

function optional(bytes: bigint | undefined): number | undefined {
  return bytes === undefined ? undefined : bytesToJson(bytes)
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}
