import { bytesToJson, type DeviceInfo, type DeviceUse } from '@open-local/shared'
import type { BlockDevice } from '../host/host.ts'
import type { HostSnapshot } from './snapshot.ts'

export function deviceInfoOf(device: BlockDevice, snapshot: HostSnapshot): DeviceInfo {
  return {
    name: device.path,
    // The kernel's word; virtio-blk always claims to rotate.
    mediaType: device.rotational ? 'hdd' : 'ssd',
    total: bytesToJson(device.sizeBytes),
    readOnly: device.readOnly,
    condition: 'DiskReady',
    id: device.wwn ? `wwn:${device.wwn}` : device.serial ? `serial:${device.serial}` : undefined,
    serial: device.serial,
    wwn: device.wwn,
    model: device.model,
    vendor: device.vendor,
    transport: device.transport,
    parent: device.parent,
    startBytes: device.startBytes === undefined ? undefined : bytesToJson(device.startBytes),
    ...useOf(device, snapshot),
  }
}

/** What the device is used for, the strongest claim first. */
export function useOf(device: BlockDevice, snapshot: HostSnapshot): { use: DeviceUse; useDetail?: string } {
  if (device.usedBy.includes('swap')) return { use: 'Swap', useDetail: 'swap' }
  if (device.usedBy.length > 0) return { use: 'Mounted', useDetail: `mounted at ${device.usedBy[0]}` }
  const group = snapshot.volumeGroups.find((g) => g.physicalVolumes.some((p) => p.device === device.path))
  if (group) return { use: 'PhysicalVolume', useDetail: `LVM physical volume of ${group.name}` }
  if (snapshot.orphanDevices.includes(device.path))
    return { use: 'PhysicalVolume', useDetail: 'LVM physical volume of no VolumeGroup' }
  if (device.partitions.length > 0) return { use: 'Partitioned', useDetail: `${device.partitions.length} partitions` }
  if (device.holders.length > 0) return { use: 'Held', useDetail: `held by ${device.holders.join(', ')}` }
  const signature = snapshot.signatures.get(device.path)
  if (!signature) return { use: 'Free' }
  const { type, usage } = signature
  if (usage === 'filesystem') return { use: 'FileSystem', useDetail: type }
  if (usage === 'partition-table') return { use: 'Partitioned', useDetail: `${type} partition table` }
  return { use: 'Unknown', useDetail: type }
}
