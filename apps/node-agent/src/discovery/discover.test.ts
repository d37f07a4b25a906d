import type { NodeLocalStorage, NodeLocalStorageSpec } from '@open-local/shared'
import { describe, expect, it } from 'vitest'
import type { BlockDevice, LogicalVolume, VolumeGroup } from '../host/host.ts'
import { discover } from './discover.ts'
import type { HostSnapshot } from './snapshot.ts'

const GIB = 1n << 30n
const EXTENT = 4n << 20n
const now = new Date('2026-01-01T00:00:00.123Z')

function device(path: string, more: Partial<BlockDevice> = {}): BlockDevice {
  const nothing = { holders: [], partitions: [], usedBy: [] }
  return { path, sizeBytes: 10n * GIB, readOnly: false, rotational: false, ...nothing, ...more }
}

function volume(name: string, gib: number, tags: string[] = []): LogicalVolume {
  const count = Number((BigInt(gib) * GIB) / EXTENT)
  const extents = [{ device: '/dev/sda', start: 0, count }]
  return { name, uuid: name, sizeBytes: BigInt(gib) * GIB, tags, readOnly: false, hidden: false, extents }
}

function group(name: string, volumes: LogicalVolume[] = [], more: Partial<VolumeGroup> = {}): VolumeGroup {
  const used = volumes.reduce((sum, v) => sum + v.sizeBytes, 0n)
  const physical = { device: '/dev/sda', uuid: 'p', sizeBytes: 100n * GIB, freeBytes: 100n * GIB - used }
  return {
    name,
    uuid: name,
    sequence: 1,
    extentSizeBytes: EXTENT,
    sizeBytes: 100n * GIB,
    freeBytes: 100n * GIB - used,
    physicalVolumes: [{ ...physical, dataStartBytes: 1n << 20n, missing: false }],
    logicalVolumes: volumes,
    ...more,
  }
}

function snapshot(more: Partial<HostSnapshot> = {}): HostSnapshot {
  const nothing = { devices: [], volumeGroups: [], orphanDevices: [], mountPoints: [], problems: [] }
  return { ...nothing, signatures: new Map(), ...more }
}

function storage(spec: NodeLocalStorageSpec = {}, reserved?: string): NodeLocalStorage {
  const annotations = reserved === undefined ? undefined : { 'csi.aliyun.com/storage-reserved': reserved }
  return {
    apiVersion: 'csi.aliyun.com/v1alpha1',
    kind: 'NodeLocalStorage',
    metadata: { name: 'n1', annotations },
    spec,
  }
}

const groupInfo = (of: HostSnapshot, reserved?: string) =>
  discover(of, storage({}, reserved), now).nodeStorageInfo?.volumeGroups?.[0]

describe('what a VolumeGroup can promise', () => {
  const mixed = snapshot({
    volumeGroups: [group('pool0', [volume('local-1', 10), volume('data', 20), volume('tagged', 5, ['open-local'])])],
  })

  it.each([
    ['nothing held back', undefined, 80n, 0n],
    ['a quantity', '{"pool0":"10Gi"}', 70n, 10n],
    ['a percentage', '{"pool0":"25%"}', 55n, 25n],
    ['another group', '{"other":"10Gi"}', 80n, 0n],
    ['more than there is', '{"pool0":"1Ti"}', 0n, 100n],
    ['everything', '{"pool0":"100%"}', 0n, 100n],
  ])('is total − foreign − reserved, never below 0: %s', (_, reserved, allocatable, heldBack) => {
    expect(groupInfo(mixed, reserved)).toMatchObject({
      total: Number(100n * GIB),
      available: Number(65n * GIB),
      foreign: Number(20n * GIB),
      allocatable: Number(allocatable * GIB),
      reserved: Number(heldBack * GIB),
    })
  })

  it.each([
    'not json',
    '[]',
    '{"pool0":5}',
    '{"pool0":"x"}',
    '{"pool0":"101%"}',
    '{"pool0":"-5%"}',
    '{"pool0":"-1Gi"}',
  ])('ignores the malformed reservation %s and says so', (reserved) => {
    const status = discover(mixed, storage({}, reserved), now)
    expect(status.nodeStorageInfo?.volumeGroups?.[0]?.allocatable).toBe(Number(80n * GIB))
    expect(status.conditions).toMatchObject([{ type: 'Discovered', status: 'False', reason: 'BadReservation' }])
    expect(status.conditions?.[0]?.message).toContain('storage-reserved')
  })

  it('counts hidden volumes as foreign without showing them', () => {
    const hidden = { ...volume('pool_tdata', 20), hidden: true }
    const info = groupInfo(snapshot({ volumeGroups: [group('pool0', [hidden])] }))
    expect(info).toMatchObject({ logicalVolumes: [], foreign: Number(20n * GIB), allocatable: Number(80n * GIB) })
  })

  it('stays in the report with a disk missing, faulty, and promises nothing new', () => {
    const broken = group('pool0', [volume('local-1', 10)])
    broken.physicalVolumes[0]!.missing = true
    const status = discover(snapshot({ volumeGroups: [broken] }), storage(), now)
    expect(status.nodeStorageInfo?.volumeGroups?.[0]).toMatchObject({
      condition: 'DiskFault',
      allocatable: Number(10n * GIB),
      physicalVolumeInfo: [{ missing: true }],
    })
    expect(status.nodeStorageInfo?.state).toMatchObject({ type: 'DiskFault', reason: 'PhysicalVolumeMissing' })
  })

  it('is DiskFull when nothing is free', () => {
    expect(groupInfo(snapshot({ volumeGroups: [group('pool0', [volume('local-1', 100)])] }))?.condition).toBe(
      'DiskFull',
    )
  })

  it('places each run of extents on its device in bytes', () => {
    const info = groupInfo(snapshot({ volumeGroups: [group('pool0', [volume('local-1', 1)])] }))
    expect(info?.logicalVolumes?.[0]?.segments).toEqual([
      { device: '/dev/sda', startBytes: 1 << 20, sizeBytes: Number(GIB) },
    ])
  })
})

describe('what a device is used for', () => {
  it.each([
    ['Free', undefined, device('/dev/sdx'), {}],
    ['Swap', 'swap', device('/dev/sdx', { usedBy: ['swap'] }), {}],
    ['Mounted', 'mounted at /data', device('/dev/sdx', { usedBy: ['/data'], holders: ['dm-0'] }), {}],
    ['PhysicalVolume', 'LVM physical volume of pool0', device('/dev/sda'), { volumeGroups: [group('pool0')] }],
    ['PhysicalVolume', 'LVM physical volume of no VolumeGroup', device('/dev/sdx'), { orphanDevices: ['/dev/sdx'] }],
    ['Partitioned', '2 partitions', device('/dev/sdx', { partitions: ['/dev/sdx1', '/dev/sdx2'] }), {}],
    ['Held', 'held by md0', device('/dev/sdx', { holders: ['md0'] }), {}],
    ['FileSystem', 'xfs', device('/dev/sdx'), { type: 'xfs', usage: 'filesystem' as const }],
    ['Partitioned', 'gpt partition table', device('/dev/sdx'), { type: 'gpt', usage: 'partition-table' as const }],
    ['Unknown', 'crypto_LUKS', device('/dev/sdx'), { type: 'crypto_LUKS', usage: 'crypto' as const }],
  ])('%s: %s', (use, useDetail, found, more) => {
    const signatures = 'type' in more ? new Map([[found.path, more]]) : new Map()
    const rest = 'type' in more ? {} : more
    const of = snapshot({ devices: [found], signatures, ...rest } as Partial<HostSnapshot>)
    const info = discover(of, storage(), now).nodeStorageInfo?.deviceInfo?.[0]
    expect([info?.use, info?.useDetail]).toEqual([use, useDetail])
  })

  it('has the identity that survives a reboot, the disk’s own name first', () => {
    const of = snapshot({ devices: [device('/dev/a', { wwn: '0x5', serial: 's' }), device('/dev/b', { serial: 's' })] })
    expect(discover(of, storage(), now).nodeStorageInfo?.deviceInfo?.map((d) => d.id)).toEqual(['wwn:0x5', 'serial:s'])
  })
})

describe('what is offered', () => {
  const three = snapshot({ devices: ['/dev/sdc', '/dev/sda', '/dev/sdb'].map((path) => device(path)) })

  it('is selected by whole-name expressions, sorted', () => {
    const spec = { listConfig: { devices: { include: ['/dev/sd[a-c]'], exclude: ['/dev/sdb'] } } }
    expect(discover(three, storage(spec), now).filteredStorageInfo?.devices).toEqual(['/dev/sda', '/dev/sdc'])
  })

  it('stays as it was while an expression is bad, and the condition names the field', () => {
    const spec = { listConfig: { devices: { include: ['/dev/sda', '('] } } }
    const before = { ...storage(spec), status: { filteredStorageInfo: { devices: ['/dev/sdb'] } } }
    const status = discover(three, before, now)
    expect(status.filteredStorageInfo?.devices).toEqual(['/dev/sdb'])
    expect(status.conditions?.[0]).toMatchObject({ status: 'False', reason: 'BadSelection' })
    expect(status.conditions?.[0]?.message).toContain('spec.listConfig.devices.include[1]')
  })

  it('keeps its update time while nothing changes', () => {
    const spec = { listConfig: { devices: { include: ['.*'] } } }
    const first = discover(three, storage(spec), now)
    const later = new Date('2026-01-01T01:00:00Z')
    const second = discover(three, { ...storage(spec), status: first }, later)
    expect(second.nodeStorageInfo?.state?.lastHeartbeatTime).toBe('2026-01-01T01:00:00Z')
    second.nodeStorageInfo!.state!.lastHeartbeatTime = first.nodeStorageInfo?.state?.lastHeartbeatTime
    expect(second).toEqual(first)
  })
})

it('reports everything else when a part can’t be read', () => {
  const of = snapshot({ devices: [device('/dev/sda')], problems: ['mounts: EIO'] })
  const status = discover(of, storage(), now)
  expect(status.nodeStorageInfo?.deviceInfo).toHaveLength(1)
  expect(status.conditions?.[0]).toMatchObject({ status: 'False', reason: 'PartlyUnreadable', message: 'mounts: EIO' })
})
