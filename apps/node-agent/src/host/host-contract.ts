import assert from 'node:assert/strict'
import { codeOf } from '@open-local/shared'
import { type Host, volumePath } from './host.ts'

export interface ContractBed {
  host: Host
  /** Two blank disks of at least 1 GiB each, nobody's but ours. */
  disks: [string, string]
  /** A directory for mounts. */
  directory: string
}

const MIB = 1024n * 1024n
const METADATA_BYTES = 16n * MIB

/**
 * What every Host promises; run on the simulated one by unit tests and on the real one inside a VM. The cases run in
 * order on one machine, because making a pool takes seconds on a real one.
 */
export function hostContract(it: (name: string, run: () => Promise<void>) => void, bed: () => ContractBed): void {
  const lv = (name: string, sizeBytes: bigint, stripes = 1, tags: string[] = []) => ({
    volumeGroup: 'contract0',
    name,
    sizeBytes,
    stripes,
    tags,
  })
  const path = (name: string) => volumePath('contract0', name)

  it('lists blank disks that carry nothing and that nobody holds', async () => {
    const { host, disks } = bed()
    const listed = await host.devices.list(() => true)
    for (const disk of disks) {
      const device = listed.find((d) => d.path === disk)
      assert.ok(device, `${disk} is listed`)
      assert.deepEqual([device.holders, device.partitions, device.usedBy, device.readOnly], [[], [], [], false])
      assert.equal((await host.devices.find(disk))?.sizeBytes, device.sizeBytes)
      assert.equal(await host.devices.probe(disk), undefined)
      assert.equal(await host.devices.hasZeroEnds(disk), true)
      assert.equal(await host.devices.isIdle(disk), true)
    }
    assert.deepEqual(
      listed.map((d) => d.path),
      listed.map((d) => d.path).sort(),
    )
  })

  it('says NOT_FOUND for devices and groups that are not there', async () => {
    const { host } = bed()
    assert.equal(await host.devices.find('/dev/no-such-device'), undefined)
    await rejects(host.devices.probe('/dev/no-such-device'), 'NOT_FOUND')
    await rejects(host.lvm.createLogicalVolume({ ...lv('a', 4n * MIB), volumeGroup: 'no-such' }), 'NOT_FOUND')
    await rejects(host.lvm.removeLogicalVolume('no-such', 'a'), 'NOT_FOUND')
    await rejects(host.fileSystems.usage('/no/such/path'), 'NOT_FOUND')
    assert.equal(await host.mounts.find('/no/such/path'), undefined)
  })

  it('never makes a group of a device that carries a file system', async () => {
    const { host, disks } = bed()
    await host.fileSystems.make('ext4', disks[0])
    await assert.rejects(
      host.lvm.createVolumeGroup({ name: 'contract0', devices: [...disks], metadataSizeBytes: METADATA_BYTES }),
    )
    assert.equal((await host.devices.probe(disks[0]))?.type, 'ext4')
    assert.equal(await host.devices.hasZeroEnds(disks[0]), false)
    assert.equal(
      (await host.lvm.report()).volumeGroups.find((g) => g.name === 'contract0'),
      undefined,
    )
    await host.devices.zero(disks[0])
    assert.equal(await host.devices.probe(disks[0]), undefined)
    assert.equal(await host.devices.hasZeroEnds(disks[0]), true)
  })

  it('makes a group with all space free, and not twice', async () => {
    const { host, disks } = bed()
    const wanted = { name: 'contract0', devices: [...disks], metadataSizeBytes: METADATA_BYTES }
    await host.lvm.createVolumeGroup(wanted)
    const group = await groupOf(host)
    assert.deepEqual(
      group.physicalVolumes.map((p) => p.device),
      [...disks].sort(),
    )
    assert.equal(group.freeBytes, group.sizeBytes)
    assert.equal(group.sizeBytes % group.extentSizeBytes, 0n)
    assert.ok((group.metadataSizeBytes ?? 0n) >= METADATA_BYTES)
    assert.equal((await host.devices.probe(disks[0]))?.type, 'LVM2_member')
    await rejects(host.lvm.createVolumeGroup(wanted), 'ALREADY_EXISTS')
  })

  it('makes a linear volume: tagged, blank, with a device node, told of by metadata copy and watch', async () => {
    const { host, disks } = bed()
    const heard = Promise.withResolvers<void>()
    const unwatch = host.watchLvm(() => heard.resolve())
    const before = await groupOf(host)
    const fingerprint = await host.devices.fingerprint()
    await host.lvm.createLogicalVolume(lv('local-a', 100n * MIB, 1, ['open-local', 'open-local.claim=ns/web']))
    const group = await groupOf(host)
    const made = group.logicalVolumes.find((v) => v.name === 'local-a')
    assert.ok(made)
    assert.deepEqual(made.tags, ['open-local', 'open-local.claim=ns/web'])
    assert.equal(made.sizeBytes, 100n * MIB)
    assert.equal(group.freeBytes, before.freeBytes - 100n * MIB)
    assert.deepEqual(made.extents, [{ device: [...disks].sort()[0]!, start: 0, count: 25 }])
    const node = await host.devices.find(path('local-a'))
    assert.equal(node?.sizeBytes, 100n * MIB)
    assert.equal(await host.devices.probe(path('local-a')), undefined)
    assert.equal(await host.devices.isIdle(path('local-a')), true)
    await host.devices.flush(path('local-a'))
    await host.devices.flush(disks[0])
    const copy = await host.lvm.readBackup('contract0', before)
    assert.deepEqual({ ...copy, metadataFreeBytes: 0n }, { ...group, metadataFreeBytes: 0n })
    assert.equal(await host.lvm.readBackup('contract0', group), undefined)
    // Our own volumes must not look like a disk that came.
    assert.equal(await host.devices.fingerprint(), fingerprint)
    await heard.promise
    unwatch()
  })

  it('stripes a volume over both disks', async () => {
    const { host, disks } = bed()
    await host.lvm.createLogicalVolume(lv('local-s', 104n * MIB, 2))
    const made = (await groupOf(host)).logicalVolumes.find((v) => v.name === 'local-s')
    assert.deepEqual(
      made?.extents.map((e) => [e.device, e.count]),
      [...disks].sort().map((d) => [d, 13]),
    )
  })

  it('tells a name that is taken from a lack of space', async () => {
    const { host } = bed()
    await rejects(host.lvm.createLogicalVolume(lv('local-a', 100n * MIB)), 'ALREADY_EXISTS')
    await rejects(host.lvm.createLogicalVolume(lv('local-big', 1n << 50n)), 'RESOURCE_EXHAUSTED')
    assert.equal((await groupOf(host)).logicalVolumes.length, 2)
  })

  for (const fsType of ['ext4', 'ext3', 'xfs']) {
    it(`makes, checks, mounts, measures and unmounts ${fsType}`, async () => {
      const { host, directory } = bed()
      const name = `local-${fsType}`
      // mkfs.xfs wants 300 MiB.
      await host.lvm.createLogicalVolume(lv(name, 320n * MIB))
      const node = await host.devices.find(path(name))
      await host.fileSystems.make(fsType, path(name))
      assert.deepEqual(await host.devices.probe(path(name)), { type: fsType, usage: 'filesystem' })
      await host.fileSystems.check(fsType, path(name))
      const at = `${directory}/staging-${fsType}`
      const target = `${directory}/pods/${fsType}/mount`
      await host.mounts.prepare(at, 'directory')
      await host.mounts.mount(path(name), at, fsType, ['noatime'])
      const mount = (await host.mounts.list()).find((m) => m.path === at)
      assert.equal(mount?.deviceNumber, node?.deviceNumber)
      assert.deepEqual([mount?.fsType, mount?.root, mount?.readOnly], [fsType, '/', false])
      const usage = await host.fileSystems.usage(at)
      assert.ok(usage.totalBytes > 200n * MIB && usage.totalBytes <= 320n * MIB)
      assert.ok(usage.usedBytes >= 0n && usage.totalInodes > 0n)
      assert.equal(await host.devices.isIdle(path(name)), false)
      await rejects(host.lvm.removeLogicalVolume('contract0', name), 'FAILED_PRECONDITION')

      await host.mounts.prepare(target, 'directory')
      await host.mounts.bind(at, target, ['ro'])
      const bound = (await host.mounts.list()).find((m) => m.path === target)
      assert.deepEqual([bound?.deviceNumber, bound?.readOnly], [node?.deviceNumber, true])
      assert.equal((await host.mounts.list()).find((m) => m.path === at)?.readOnly, false)
      for (const each of [target, at]) {
        await host.mounts.unmount(each)
        await host.mounts.unmount(each)
        await host.mounts.remove(each)
        await host.mounts.remove(each)
        assert.equal(await host.mounts.find(each), undefined)
      }
      assert.equal(await host.devices.isIdle(path(name)), true)
    })
  }

  it('binds a device node onto a file', async () => {
    const { host, directory } = bed()
    const target = `${directory}/block/device`
    const node = await host.devices.find(path('local-a'))
    await host.mounts.prepare(target, 'file')
    assert.deepEqual(await host.mounts.find(target), { kind: 'file' })
    await host.mounts.bind(path('local-a'), target, [])
    assert.deepEqual(await host.mounts.find(target), { kind: 'device', deviceNumber: node?.deviceNumber })
    await host.mounts.unmount(target)
    assert.deepEqual(await host.mounts.find(target), { kind: 'file' })
    await host.mounts.remove(target)
  })

  it('zeroes, discards and removes volumes', async () => {
    const { host } = bed()
    await host.devices.zero(path('local-ext4'))
    assert.equal(await host.devices.probe(path('local-ext4')), undefined)
    await host.devices.discard(path('local-ext3'))
    await host.devices.wipeSignatures(path('local-xfs'))
    assert.equal(await host.devices.probe(path('local-xfs')), undefined)
    for (const name of ['local-ext4', 'local-ext3', 'local-xfs', 'local-s', 'local-a']) {
      await host.lvm.removeLogicalVolume('contract0', name)
      assert.equal(await host.devices.find(path(name)), undefined)
      await rejects(host.lvm.removeLogicalVolume('contract0', name), 'NOT_FOUND')
    }
    const group = await groupOf(host)
    assert.equal(group.freeBytes, group.sizeBytes)
    assert.deepEqual(group.logicalVolumes, [])
  })

  it('activates a group again and again', async () => {
    const { host } = bed()
    await host.lvm.activate('contract0')
    await host.lvm.activate('contract0')
    await rejects(host.lvm.activate('no-such'), 'NOT_FOUND')
  })
}

async function groupOf(host: Host) {
  const group = (await host.lvm.report()).volumeGroups.find((g) => g.name === 'contract0')
  assert.ok(group, 'contract0 is reported')
  return group
}

async function rejects(promise: Promise<unknown>, code: string): Promise<void> {
  await assert.rejects(promise, (error) => {
    assert.equal(codeOf(error), code, String(error))
    return true
  })
}
