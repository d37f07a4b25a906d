import type { DeviceInfo, LogicalVolumeInfo, NodeLocalVolume, VolumeGroupInfo } from '@open-local/shared'
import type { Disk, Extent } from '@open-local/shared/api'
import { indexes } from '../../cluster/cluster-view.ts'
import { type RowContext, reason, reasonOf } from './context.ts'

/** The whole disks of a node, each with what lies where. */
export function disksOf(context: RowContext, node: string): Disk[] {
  const info = context.view.nodeLocalStorages.get(node)?.status?.nodeStorageInfo
  const devices = info?.deviceInfo ?? []
  const groups = info?.volumeGroups ?? []
  const whole = wholeDiskVolumes(context, node)
  const offered = new Set(context.books.poolsOf(node).flatMap((p) => (p.kind === 'BlockDevice' ? [p.name] : [])))
  return devices
    .filter((device) => !device.parent)
    .map((device) => ({
      name: device.name,
      id: device.id ?? null,
      serial: device.serial ?? null,
      model: device.model?.trim() || null,
      transport: device.transport ?? null,
      mediaType: device.mediaType ?? 'unknown',
      sizeBytes: device.total,
      readOnly: device.readOnly,
      use: device.use ?? 'Unknown',
      useDetail: device.useDetail ?? null,
      pool: poolOf(device, devices, groups) ?? (offered.has(device.name) ? device.name : null),
      health: device.condition === 'DiskFault' ? ('critical' as const) : ('well' as const),
      reasons:
        device.condition === 'DiskFault'
          ? [
              reasonOf({
                health: 'critical',
                reason: reason('disk.fault', `${device.name} on ${node} is faulty`, { node, disk: device.name }),
              }),
            ]
          : [],
      extents: extentsOf(context, device, devices, groups, whole.get(device.name)),
    }))
}

/** The VolumeGroup that the disk, or else a partition of it, is a physical volume of. */
function poolOf(
  device: DeviceInfo,
  devices: readonly DeviceInfo[],
  groups: readonly VolumeGroupInfo[],
): string | undefined {
  const names = [device.name, ...devices.filter((d) => d.parent === device.name).map((d) => d.name)]
  return names.flatMap((name) => groups.find((group) => group.physicalVolumes.includes(name))?.name ?? []).at(0)
}

/** Volumes of ours that have a whole disk to themselves, by the disk's name. */
function wholeDiskVolumes({ view }: RowContext, node: string): Map<string, NodeLocalVolume> {
  const volumes = view.nodeLocalVolumes.byIndex(indexes.byNode, node)
  return new Map(volumes.filter((v) => v.spec.volumeType === 'Device').map((v) => [v.spec.pool, v]))
}

/**
 * Runs that do not overlap and together cover the disk, in order: metadata, segments of logical volumes, partitions
 * (with what is in them), data of a whole-disk file system, and what is free between.
 */
export function extentsOf(
  context: Pick<RowContext, 'view'>,
  device: DeviceInfo,
  devices: readonly DeviceInfo[],
  groups: readonly VolumeGroupInfo[],
  wholeDisk?: NodeLocalVolume,
): Extent[] {
  if (wholeDisk) return cover([ownRun('data', wholeDisk, device.total)], device.total)
  const partitions = devices.filter((d) => d.parent === device.name && d.startBytes !== undefined)
  const runs = partitions.length
    ? partitions.flatMap((p) => {
        const inside = contentOf(context, p, groups)
        return inside.length
          ? inside.map((run) => ({ ...run, startBytes: run.startBytes + p.startBytes! }))
          : [plain('partition', p.startBytes!, p.total, partitionLabel(p))]
      })
    : contentOf(context, device, groups)
  return cover(runs, device.total)
}

function contentOf(
  context: Pick<RowContext, 'view'>,
  device: DeviceInfo,
  groups: readonly VolumeGroupInfo[],
): Extent[] {
  const group = groups.find((g) => g.physicalVolumes.includes(device.name))
  if (group) {
    const dataStart = group.physicalVolumeInfo?.find((pv) => pv.name === device.name)?.dataStart ?? 0
    const segments = (group.logicalVolumes ?? []).flatMap((lv) =>
      (lv.segments ?? [])
        .filter((s) => s.device === device.name)
        .map((s) => volumeRun(context, lv, s.startBytes, s.sizeBytes)),
    )
    return dataStart > 0 ? [plain('metadata', 0, dataStart, group.name), ...segments] : segments
  }
  if (device.use === 'Free' || device.use === undefined) return []
  return [
    plain(
      device.use === 'FileSystem' || device.use === 'Mounted' ? 'data' : 'unknown',
      0,
      device.total,
      device.useDetail ?? device.use,
    ),
  ]
}

function volumeRun(
  { view }: Pick<RowContext, 'view'>,
  lv: LogicalVolumeInfo,
  startBytes: number,
  sizeBytes: number,
): Extent {
  const volume = view.nodeLocalVolumes.get(lv.name)
  const claim = volume?.spec.claim
  return {
    kind: 'logicalVolume',
    startBytes,
    sizeBytes,
    label: lv.name,
    claim: claim ? { namespace: claim.namespace, name: claim.name } : null,
    volumeId: volume ? lv.name : null,
    own: lv.own ?? volume !== undefined,
  }
}

function ownRun(kind: Extent['kind'], { metadata, spec: { claim } }: NodeLocalVolume, sizeBytes: number): Extent {
  return {
    ...plain(kind, 0, sizeBytes, metadata.name),
    claim: claim ? { namespace: claim.namespace, name: claim.name } : null,
    volumeId: metadata.name,
    own: true,
  }
}

function plain(kind: Extent['kind'], startBytes: number, sizeBytes: number, label: string): Extent {
  return { kind, startBytes, sizeBytes, label, claim: null, volumeId: null, own: false }
}

function partitionLabel(partition: DeviceInfo): string {
  return partition.useDetail ? `${partition.name} ${partition.useDetail}` : partition.name
}

/** Sorts, cuts what overlaps or reaches beyond the disk, and fills the gaps with free runs. */
function cover(runs: Extent[], total: number): Extent[] {
  const covered: Extent[] = []
  let at = 0
  for (const run of [...runs].sort((a, b) => a.startBytes - b.startBytes)) {
    const start = Math.max(run.startBytes, at)
    const end = Math.min(run.startBytes + run.sizeBytes, total)
    if (end <= start) continue
    if (start > at) covered.push(plain('free', at, start - at, ''))
    covered.push({ ...run, startBytes: start, sizeBytes: end - start })
    at = end
  }
  if (at < total) covered.push(plain('free', at, total - at, ''))
  return covered
}
