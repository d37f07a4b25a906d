import { VolumeLocks } from '@open-local/csi'
import { VolumeCapability_AccessMode_Mode as Mode, type VolumeCapability } from '@open-local/proto/csi'
import type { NodeLocalVolume } from '@open-local/shared'
import { beforeEach, describe, expect, it } from 'vitest'
import { LvmPicture } from '../host/lvm-picture.ts'
import { type SimulatedHost, simulatedHost } from '../host/simulated-host.ts'
import { getVolumeStats } from './get-volume-stats.ts'
import type { NodeContext } from './node-context.ts'
import { nodeCapabilities, nodeInfo } from './node-info.ts'
import { publishVolume } from './publish-volume.ts'
import { stageVolume } from './stage-volume.ts'
import { unpublishVolume } from './unpublish-volume.ts'
import { unstageVolume } from './unstage-volume.ts'

const DEVICE = '/dev/pool0/local-1'
const STAGING = '/k/plugins/kubernetes.io/csi/d/x/globalmount'
const TARGET = '/k/pods/p/volumes/kubernetes.io~csi/local-1/mount'

let host: SimulatedHost
let context: NodeContext
let objects: Map<string, NodeLocalVolume>

beforeEach(async () => {
  host = simulatedHost([4n << 30n])
  await host.lvm.createVolumeGroup({ name: 'pool0', devices: ['/dev/sda'], metadataSizeBytes: 1n << 24n })
  await host.lvm.createLogicalVolume({
    volumeGroup: 'pool0',
    name: 'local-1',
    sizeBytes: 1n << 30n,
    stripes: 1,
    tags: [],
  })
  objects = new Map([
    [
      'local-1',
      {
        metadata: { name: 'local-1' },
        spec: { nodeName: 'n1', driver: 'd', volumeType: 'LVM', pool: 'pool0', sizeBytes: 1 << 30 },
      } as NodeLocalVolume,
    ],
  ])
  await restart()
})

async function restart(): Promise<void> {
  host.state.revive()
  const picture = new LvmPicture(host.lvm)
  await picture.refresh()
  host.state.log.length = 0
  host.state.revive()
  context = {
    driver: 'd',
    version: '1',
    nodeName: 'n1',
    maxVolumes: 7,
    host,
    picture,
    locks: new VolumeLocks(),
    findVolume: (id) => objects.get(id),
    noteUse: () => {},
    isReady: () => true,
  }
}

function mountAs(fsType = 'ext4', mountFlags: string[] = [], mode: Mode = Mode.SINGLE_NODE_WRITER): VolumeCapability {
  return { accessType: { $case: 'mount', value: { fsType, mountFlags, volumeMountGroup: '' } }, accessMode: { mode } }
}
const block: VolumeCapability = {
  accessType: { $case: 'block', value: {} },
  accessMode: { mode: Mode.SINGLE_NODE_WRITER },
}

const common = { volumeId: 'local-1', publishContext: {}, secrets: {}, volumeContext: {}, stagingTargetPath: STAGING }
const stage = (more: object = {}) => stageVolume(context, { ...common, volumeCapability: mountAs(), ...more })
const publish = (more: object = {}) =>
  publishVolume(context, { ...common, volumeCapability: mountAs(), targetPath: TARGET, readonly: false, ...more })
const unpublish = () => unpublishVolume(context, { volumeId: 'local-1', targetPath: TARGET })
const unstage = () => unstageVolume(context, { volumeId: 'local-1', stagingTargetPath: STAGING })
const stats = (volumePath = TARGET) =>
  getVolumeStats(context, { volumeId: 'local-1', volumePath, stagingTargetPath: STAGING })

describe('the whole life, each call twice', () => {
  it('of a file system', async () => {
    await stage()
    await stage()
    await publish()
    await publish()
    expect(host.state.log).toEqual([
      `blkid -p -o export ${DEVICE}`,
      `mkfs.ext4 -F -m0 ${DEVICE}`,
      `mkdir -p ${STAGING}`,
      `mount -t ext4 ${DEVICE} ${STAGING}`,
      `mkdir -p ${TARGET}`,
      `mount --bind ${STAGING} ${TARGET}`,
    ])
    host.state.log.length = 0
    expect((await stats()).usage.map((u) => u.unit)).toEqual([1, 2])
    expect(host.state.log).toEqual([])
    await unpublish()
    await unpublish()
    await unstage()
    await unstage()
    expect(host.state.mounts).toEqual([])
    expect(host.state.targets.has(TARGET)).toBe(false)
    host.state.log.length = 0
    // The next pod finds its data: no second mkfs.
    await stage()
    expect(host.state.log).toEqual([
      `blkid -p -o export ${DEVICE}`,
      `fsck.ext4 -p ${DEVICE}`,
      `mkdir -p ${STAGING}`,
      `mount -t ext4 ${DEVICE} ${STAGING}`,
    ])
  })

  it('of a raw block volume', async () => {
    for (let i = 0; i < 2; i++) await stage({ volumeCapability: block })
    for (let i = 0; i < 2; i++) await publish({ volumeCapability: block, readonly: true })
    expect(host.state.log).toEqual([`touch ${TARGET}`, `mount --bind -o ro ${DEVICE} ${TARGET}`])
    expect((await stats()).usage).toMatchObject([{ total: 1n << 30n }])
    for (let i = 0; i < 2; i++) await unpublish()
    for (let i = 0; i < 2; i++) await unstage()
    expect(host.state.mounts).toEqual([])
  })
})

describe('staging', () => {
  it('never makes a file system over something else, and names both', async () => {
    host.state.devices.get(DEVICE)!.signature = { type: 'crypto_LUKS', usage: 'crypto' }
    await expect(stage()).rejects.toMatchObject({
      code: 'FAILED_PRECONDITION',
      message: expect.stringMatching(/crypto_LUKS.*ext4/),
    })
    expect(host.state.devices.get(DEVICE)?.signature?.type).toBe('crypto_LUKS')
  })

  it('never makes a lost volume again', async () => {
    await host.lvm.removeLogicalVolume('pool0', 'local-1')
    await restart()
    for (let i = 0; i < 2; i++) await expect(stage()).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(host.state.log.filter((c) => !c.startsWith('lvm fullreport'))).toEqual([])
  })

  it('activates a volume that a reboot left inactive', async () => {
    host.state.devices.delete(DEVICE)
    await stage()
    expect(host.state.log).toContain('vgchange --activate y pool0')
  })

  it('serves the original’s volumes by their context alone, and checks its words', async () => {
    objects.clear()
    await expect(stage()).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(stage({ volumeContext: { vgName: '../../etc' } })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    await stage({ volumeContext: { vgName: 'pool0' } })
    context.isReady = () => false
    await expect(publish({ volumeId: 'local-9' })).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  })

  it('takes the file system from the object when the call leaves it open, then ext4', async () => {
    objects.get('local-1')!.spec.fsType = 'xfs'
    await stage({ volumeCapability: mountAs('') })
    expect(host.state.log).toContain(`mkfs.xfs ${DEVICE}`)
  })

  it.each([
    ['a file system it does not offer', { volumeCapability: mountAs('btrfs') }],
    ['a relative path', { stagingTargetPath: 'x' }],
    ['a path with ..', { stagingTargetPath: '/k/../etc' }],
    ['no capability', { volumeCapability: undefined }],
    ['more than one node', { volumeCapability: mountAs('ext4', [], Mode.MULTI_NODE_MULTI_WRITER) }],
    ['no volume', { volumeId: '' }],
  ])('refuses %s', async (_, more) => {
    await expect(stage(more)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    expect(host.state.log.filter((c) => !c.startsWith('blkid'))).toEqual([])
  })

  it('passes mount flags on, and refuses a path with another mount', async () => {
    await stage({ volumeCapability: mountAs('ext4', ['noatime', 'discard']) })
    expect(host.state.log).toContain(`mount -t ext4 -o noatime,discard ${DEVICE} ${STAGING}`)
    host.state.mounts[0]!.deviceNumber = '9:9'
    await expect(stage()).rejects.toMatchObject({ code: 'FAILED_PRECONDITION' })
  })

  it('refuses a volume of another node', async () => {
    objects.get('local-1')!.spec.nodeName = 'n2'
    await expect(stage()).rejects.toMatchObject({ code: 'FAILED_PRECONDITION', message: expect.stringContaining('n2') })
  })
})

describe('publishing', () => {
  it('wants the volume staged', async () => {
    await expect(publish()).rejects.toMatchObject({ code: 'FAILED_PRECONDITION' })
  })

  it('is read-only where asked, also over a writable bind that a crash left', async () => {
    await stage()
    await publish()
    await publish({ readonly: true })
    expect(host.state.mounts.filter((m) => m.path === TARGET)).toMatchObject([{ readOnly: true }])
    await publish({ targetPath: `${TARGET}2`, volumeCapability: mountAs('ext4', [], Mode.SINGLE_NODE_READER_ONLY) })
    expect(host.state.mounts.find((m) => m.path === `${TARGET}2`)?.readOnly).toBe(true)
  })

  it('serves several pods of the node', async () => {
    await stage()
    await publish()
    await publish({ targetPath: '/k/pods/q/mount' })
    await unpublish()
    expect(host.state.mounts.map((m) => m.path)).toEqual([STAGING, '/k/pods/q/mount'])
  })

  it('refuses inline ephemeral volumes with what to use instead', async () => {
    const volumeContext = { 'csi.storage.k8s.io/ephemeral': 'true' }
    await expect(publish({ volumeContext })).rejects.toMatchObject({
      code: 'UNIMPLEMENTED',
      message: expect.stringContaining('generic'),
    })
  })
})

it('answers ABORTED during another call on the same volume, and serves others', async () => {
  const letGo = host.state.hangNext('mkfs')
  const first = stage()
  await expect.poll(() => host.state.log.some((c) => c.startsWith('mkfs'))).toBe(true)
  for (const call of [stage, publish, unpublish, unstage])
    await expect(call()).rejects.toMatchObject({ code: 'ABORTED' })
  await host.lvm.createLogicalVolume({
    volumeGroup: 'pool0',
    name: 'local-2',
    sizeBytes: 1n << 24n,
    stripes: 1,
    tags: [],
  })
  await stage({ volumeId: 'local-2', volumeContext: { vgName: 'pool0' }, stagingTargetPath: '/k/other' })
  letGo()
  await first
  await stage()
})

it('answers NOT_FOUND for statistics of what is not there', async () => {
  await expect(stats()).rejects.toMatchObject({ code: 'NOT_FOUND' })
  await host.mounts.prepare(TARGET, 'directory')
  await expect(stats()).rejects.toMatchObject({ code: 'NOT_FOUND' })
})

it('calls a file system that turned read-only abnormal', async () => {
  await stage()
  await publish()
  host.state.mounts.at(-1)!.readOnly = true
  expect((await stats()).volumeCondition?.abnormal).toBe(true)
})

describe('killed with -9 anywhere, the next calls end the same', () => {
  it.each(['before', 'after'] as const)('%s each step', async (when) => {
    for (let step = 1; step <= 12; step++) {
      host.state.mounts.length = 0
      host.state.targets.clear()
      host.state.devices.get(DEVICE)!.signature = undefined
      await restart()
      host.state.dieAt(step, when)
      const life = async () => {
        await stage()
        await publish()
        await unpublish()
        await unstage()
      }
      await life().catch(() => {})
      await restart()
      await stage()
      await publish()
      expect(
        host.state.mounts.map((m) => m.path),
        `step ${step}`,
      ).toEqual([STAGING, TARGET])
      await unpublish()
      await unstage()
      expect(host.state.mounts).toEqual([])
    }
  })
})

it('tells the node’s name, limit and topology, and only what it can do', () => {
  expect(nodeInfo(context)).toEqual({
    nodeId: 'n1',
    maxVolumesPerNode: 7n,
    accessibleTopology: { segments: { 'kubernetes.io/hostname': 'n1' } },
  })
  expect(nodeCapabilities().capabilities.map((c) => c.type?.value.type)).toEqual([1, 2, 4, 5])
})
