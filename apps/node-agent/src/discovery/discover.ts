/**
 * What the host has, as the NodeLocalStorage status. Pure: a snapshot of the machine, the object and the time go in,
 * the status comes out, sorted, so that equal machines give equal statuses. Taking the snapshot and writing the status
 * is `discovery-controller.ts`; making pools is `disk-init/`.
 */
import {
  annotations,
  bytesToJson,
  type Condition,
  type FilteredStorageInfo,
  type MountPointInfo,
  messageOf,
  type NodeLocalStorage,
  type NodeLocalStorageStatus,
  type Selection,
  type StorageState,
  withCondition,
} from '@open-local/shared'
import { compileSelection } from '@open-local/shared/selection'
import { timestamp } from '../volumes/volume-status.ts'
import { deviceInfoOf } from './device-info.ts'
import { noReservation, parseReservation, type Reservation } from './reservation.ts'
import type { HostSnapshot } from './snapshot.ts'
import { volumeGroupInfoOf } from './volume-group-info.ts'

/** The heartbeat is `now`; compare statuses without it. */
export function discover(
  snapshot: HostSnapshot,
  storage: Pick<NodeLocalStorage, 'metadata' | 'spec' | 'status'>,
  now: Date,
): NodeLocalStorageStatus {
  const problems: Problem[] = snapshot.problems.map((message) => ({ reason: 'PartlyUnreadable', message }))
  const reservation = reservationOf(storage, problems)
  const deviceInfo = snapshot.devices.map((device) => deviceInfoOf(device, snapshot))
  const volumeGroups = snapshot.volumeGroups.map((group) => volumeGroupInfoOf(group, reservation))
  const mountPoints = snapshot.mountPoints.map(mountPointInfoOf)
  const { listConfig } = storage.spec ?? {}
  const before = storage.status?.filteredStorageInfo
  const select = (selection: Selection | undefined, names: string[], kind: keyof typeof listKinds) =>
    selected(selection, names, `spec.listConfig.${kind}`, before?.[listKinds[kind]], problems)
  const filtered = {
    volumeGroups: select(listConfig?.vgs, names(volumeGroups), 'vgs'),
    mountPoints: select(listConfig?.mountPoints, names(mountPoints), 'mountPoints'),
    devices: select(listConfig?.devices, names(deviceInfo), 'devices'),
  }
  const faulty = volumeGroups.filter((g) => g.condition === 'DiskFault').map((g) => g.name)
  return {
    nodeStorageInfo: {
      deviceInfo,
      volumeGroups,
      mountPoints,
      phase: 'Running',
      state: stateOf(faulty, storage.status?.nodeStorageInfo?.state, now),
    },
    filteredStorageInfo: withUpdateTime(filtered, before, now),
    conditions: withCondition(storage.status?.conditions, discoveredCondition(problems, now)),
  }
}

interface Problem {
  reason: string
  message: string
}

const listKinds = { vgs: 'volumeGroups', mountPoints: 'mountPoints', devices: 'devices' } as const

function reservationOf({ metadata }: Pick<NodeLocalStorage, 'metadata'>, problems: Problem[]): Reservation {
  try {
    return parseReservation(metadata.annotations?.[annotations.storageReserved])
  } catch (error) {
    problems.push({ reason: 'BadReservation', message: `${messageOf(error)}; nothing is held back meanwhile` })
    return noReservation
  }
}

/** A bad expression keeps what was selected before it: offering nothing would look like lost disks. */
function selected(
  selection: Selection | undefined,
  all: string[],
  field: string,
  lastGood: string[] | undefined,
  problems: Problem[],
): string[] {
  try {
    return all.filter(compileSelection(selection, field)).sort()
  } catch (error) {
    problems.push({ reason: 'BadSelection', message: messageOf(error) })
    return lastGood ?? []
  }
}

function mountPointInfoOf(mount: HostSnapshot['mountPoints'][number]): MountPointInfo {
  const { usage } = mount
  return {
    name: mount.path,
    total: bytesToJson(usage.totalBytes),
    available: bytesToJson(usage.availableBytes),
    fsType: mount.fsType,
    isBind: mount.root !== '/',
    options: mount.options,
    device: mount.source,
    readOnly: mount.readOnly,
    condition: usage.availableBytes === 0n ? 'DiskFull' : 'DiskReady',
  }
}

function stateOf(faulty: string[], old: StorageState | undefined, now: Date): StorageState {
  const type = faulty.length > 0 ? 'DiskFault' : 'DiskReady'
  const time = timestamp(now)
  return {
    type,
    status: 'True',
    lastHeartbeatTime: time,
    lastTransitionTime: old?.type === type && old.lastTransitionTime ? old.lastTransitionTime : time,
    reason: faulty.length > 0 ? 'PhysicalVolumeMissing' : undefined,
    message: faulty.length > 0 ? `Disks are missing from VolumeGroup ${faulty.join(', ')}` : undefined,
  }
}

function withUpdateTime(
  filtered: { volumeGroups: string[]; mountPoints: string[]; devices: string[] },
  before: FilteredStorageInfo | undefined,
  now: Date,
): FilteredStorageInfo {
  const same = (['volumeGroups', 'mountPoints', 'devices'] as const).every(
    (kind) => JSON.stringify(before?.[kind]) === JSON.stringify(filtered[kind]),
  )
  const lastUpdateTime = (same && before?.updateStatusInfo?.lastUpdateTime) || timestamp(now)
  return { ...filtered, updateStatusInfo: { lastUpdateTime, updateStatus: 'accepted' } }
}

function discoveredCondition(problems: Problem[], now: Date): Condition {
  const [first] = problems
  return {
    type: 'Discovered',
    status: first ? 'False' : 'True',
    reason: first?.reason ?? 'Discovered',
    message: problems
      .map((p) => p.message)
      .join('; ')
      .slice(0, 1000),
    lastTransitionTime: timestamp(now),
  }
}

function names(items: { name: string }[]): string[] {
  return items.map((item) => item.name)
}
