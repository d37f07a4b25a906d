import { annotations, type NodeLocalVolume } from '@open-local/shared'
import { describe, expect, it } from 'vitest'
import { addDisk } from '../host/simulated-host.ts'
import { VolumeBed } from './testbed.ts'
import { slimVolume } from './volume-store.ts'

const PATH = '/dev/pool0/local-1'

function conditionOf(volume: NodeLocalVolume | undefined, type = 'Provisioned') {
  return volume?.status?.conditions?.find((c) => c.type === type)
}

describe('making a volume', () => {
  it('takes one LVM command, flushes the disks before it says Ready, and one status write', async () => {
    const bed = await VolumeBed.create()
    bed.put('local-1', { storageClassName: 'fast', wipePolicy: 'zero', fsType: 'ext4' })
    await bed.reconcile('local-1')
    expect(bed.host.state.log).toEqual([
      'note local-1',
      'lvcreate -n local-1 -L 104857600b pool0',
      'fsync /dev/sda',
      'fsync /dev/sdb',
      `fsync ${PATH}`,
      'forget local-1',
      'PATCH local-1/status',
    ])
    const { status } = bed.objects.get('local-1')!
    expect(status).toMatchObject({ phase: 'Ready', devicePath: PATH, sizeBytes: 104857600, observedGeneration: 1 })
    expect(status?.uuid).toBeTruthy()
    const [made] = bed.host.state.groups.get('pool0')!.logicalVolumes
    expect(made?.tags).toEqual(
      expect.arrayContaining([
        'open-local',
        'open-local.claim=default/data',
        'open-local.uid=claim-local-1',
        'open-local.class=fast',
        'open-local.wipe=zero',
        'open-local.fs=ext4',
        'open-local.driver=local.csi.aliyun.com',
      ]),
    )
    expect(JSON.stringify(bed.objects.get('local-1')).length).toBeLessThan(2048)
  })

  it('does nothing the second time', async () => {
    const bed = await VolumeBed.create()
    bed.put('local-1')
    await bed.reconcile('local-1')
    bed.host.state.log.length = 0
    await bed.reconcile('local-1')
    expect(bed.host.state.log).toEqual([])
  })

  it('rounds up to whole extents, and to whole stripes', async () => {
    const bed = await VolumeBed.create()
    bed.put('local-1', { sizeBytes: 1 })
    bed.put('local-2', { sizeBytes: 100 * 1024 * 1024, layout: 'striping' })
    await bed.reconcile('local-1')
    await bed.reconcile('local-2')
    expect(bed.objects.get('local-1')?.status?.sizeBytes).toBe(4 * 1024 * 1024)
    expect(bed.objects.get('local-2')?.status?.sizeBytes).toBe(104 * 1024 * 1024)
    await bed.reconcile('local-2')
    expect(bed.objects.get('local-2')?.status?.phase).toBe('Ready')
  })

  it('says what was asked and what is there when space lacks, and takes it when it comes', async () => {
    const bed = await VolumeBed.create()
    bed.put('local-1', { sizeBytes: 2 ** 40 })
    expect(await bed.reconcile('local-1')).toEqual({ requeueAfterMs: 60_000 })
    const volume = bed.objects.get('local-1')
    expect(volume?.status?.phase).toBe('Failed')
    expect(conditionOf(volume)).toMatchObject({ status: 'False', reason: 'InsufficientSpace' })
    expect(volume?.status?.message).toMatch(/1 TiB \(1099511627776 bytes\).*VolumeGroup pool0 on node n1.*free/)
    expect(bed.host.state.log.filter((c) => c.startsWith('lvcreate'))).toEqual([])
    bed.put('local-1')
    await bed.reconcile('local-1')
    expect(bed.objects.get('local-1')?.status?.phase).toBe('Ready')
  })

  it.each([
    ['PoolMissing', { pool: 'nope' }],
    ['Invalid', { pool: '-x; rm' }],
    ['Invalid', { sizeBytes: 0 }],
    ['Unsupported', { volumeType: 'MountPoint' as const }],
    ['PoolMissing', { volumeType: 'Device' as const, pool: '/dev/sdz' }],
    ['DeviceNotBlank', { volumeType: 'Device' as const, pool: '/dev/sda', sizeBytes: 1 }],
  ])('fails with %s for %o', async (reason, spec) => {
    const bed = await VolumeBed.create()
    bed.put('local-1', spec)
    await bed.reconcile('local-1')
    expect(conditionOf(bed.objects.get('local-1'))?.reason).toBe(reason)
    expect(bed.volumeNames).toEqual([])
  })

  it('reports a failing command and tries again', async () => {
    const bed = await VolumeBed.create()
    bed.put('local-1')
    bed.host.state.failNext('lvcreate', 'device-mapper: reload ioctl failed')
    await expect(bed.reconcile('local-1')).rejects.toThrow('reload ioctl failed')
    expect(conditionOf(bed.objects.get('local-1'))?.reason).toBe('CommandFailed')
    await bed.settle('local-1')
    expect(bed.objects.get('local-1')?.status?.phase).toBe('Ready')
    expect(bed.objects.get('local-1')?.status?.message).toBeUndefined()
  })

  it.each([
    ['a foreign volume', 'data', [], 100],
    ['another claim’s volume', 'local-1', ['open-local', 'open-local.uid=other'], 100],
    ['a volume of another size', 'local-1', ['open-local', 'open-local.uid=claim-local-1'], 200],
  ])('leaves %s as it is', async (_, name, tags, sizeMiB) => {
    const bed = await VolumeBed.create()
    const sizeBytes = BigInt(sizeMiB) * 1024n * 1024n
    await bed.host.lvm.createLogicalVolume({ volumeGroup: 'pool0', name, sizeBytes, stripes: 1, tags })
    await bed.restart()
    bed.put(name)
    await bed.reconcile(name)
    expect(conditionOf(bed.objects.get(name))?.reason).toBe('Conflict')
    expect(bed.lvmCommands).toEqual([])
  })

  it('takes over a volume that the original made', async () => {
    const bed = await VolumeBed.create()
    const sizeBytes = 100n * 1024n * 1024n
    await bed.host.lvm.createLogicalVolume({ volumeGroup: 'pool0', name: 'local-1', sizeBytes, stripes: 1, tags: [] })
    await bed.restart()
    bed.put('local-1')
    await bed.reconcile('local-1')
    expect(bed.objects.get('local-1')?.status?.phase).toBe('Ready')
    expect(bed.lvmCommands).toEqual([])
  })

  it('never makes a lost volume again', async () => {
    const bed = await VolumeBed.create()
    bed.put('local-1')
    await bed.reconcile('local-1')
    await bed.host.lvm.removeLogicalVolume('pool0', 'local-1')
    await bed.restart()
    for (let i = 0; i < 3; i++) await bed.reconcile('local-1')
    const volume = bed.objects.get('local-1')
    expect(conditionOf(volume)?.reason).toBe('VolumeMissing')
    expect(volume?.status?.uuid).toBeTruthy()
    expect(bed.volumeNames).toEqual([])
  })

  it('gives out a whole device only when it is blank', async () => {
    const bed = await VolumeBed.create()
    const device = addDisk(bed.host.state, '/dev/sdx', { sizeBytes: 1n << 30n })
    device.signature = { type: 'ext4', usage: 'filesystem' }
    bed.put('local-1', { volumeType: 'Device', pool: '/dev/sdx' })
    await bed.reconcile('local-1')
    expect(conditionOf(bed.objects.get('local-1'))?.reason).toBe('DeviceNotBlank')
    bed.remove('local-1')
    await bed.reconcile('local-1')
    // It never became ours, so its bytes are not ours to wipe.
    expect(device.signature).toBeDefined()
    device.signature = undefined
    bed.put('local-2', { volumeType: 'Device', pool: '/dev/sdx' })
    await bed.reconcile('local-2')
    expect(bed.objects.get('local-2')?.status).toMatchObject({ phase: 'Ready', devicePath: '/dev/sdx' })
    bed.remove('local-2')
    await bed.reconcile('local-2')
    expect(bed.host.state.log).toContain('blkdiscard --zeroout /dev/sdx')
  })
})

describe('deleting a volume', () => {
  it.each([
    ['zero', [`blkdiscard --zeroout ${PATH}`]],
    ['discard', [`blkdiscard ${PATH}`]],
    ['none', []],
    [undefined, [`blkdiscard --zeroout ${PATH}`]],
  ] as const)('wipes as its policy %s says and removes it with one LVM command', async (wipePolicy, wipe) => {
    const bed = await VolumeBed.create()
    bed.put('local-1', { wipePolicy })
    await bed.reconcile('local-1')
    bed.host.state.log.length = 0
    bed.remove('local-1')
    await bed.reconcile('local-1')
    expect(bed.host.state.log).toEqual([
      ...wipe,
      'lvremove -f pool0/local-1',
      'fsync /dev/sda',
      'fsync /dev/sdb',
      'forget local-1',
      'PATCH local-1',
    ])
    expect(bed.objects.has('local-1')).toBe(false)
    expect(bed.volumeNames).toEqual([])
  })

  it('waits while it is mounted, says where, and wipes nothing meanwhile', async () => {
    const bed = await VolumeBed.create()
    bed.put('local-1')
    await bed.reconcile('local-1')
    const { host } = bed
    await host.fileSystems.make('ext4', PATH)
    await host.mounts.prepare('/pods/a', 'directory')
    await host.mounts.mount(PATH, '/pods/a', 'ext4', [])
    bed.remove('local-1')
    expect(await bed.reconcile('local-1')).toEqual({ requeueAfterMs: 5_000 })
    const volume = bed.objects.get('local-1')
    expect(volume?.status?.phase).toBe('Deleting')
    expect(conditionOf(volume, 'InUse')?.message).toContain('/pods/a')
    expect(host.state.devices.get(PATH)?.signature?.type).toBe('ext4')
    await host.mounts.unmount('/pods/a')
    await bed.reconcile('local-1')
    expect(bed.objects.size).toBe(0)
  })

  it('makes nothing for an object that was written to be deleted', async () => {
    const bed = await VolumeBed.create()
    const volume = bed.put('local-1')
    volume.metadata.annotations = { [annotations.removeOnly]: 'true', other: 'x' }
    // As the watch keeps it.
    bed.objects.set('local-1', slimVolume(volume))
    await bed.reconcile('local-1')
    expect(bed.volumeNames).toEqual([])
    bed.remove('local-1')
    await bed.reconcile('local-1')
    expect(bed.lvmCommands.filter((command) => command !== 'lvm fullreport')).toEqual([])
    expect(bed.objects.size).toBe(0)
  })

  it('is done when the volume or its group is gone', async () => {
    const bed = await VolumeBed.create()
    bed.put('local-1')
    bed.put('local-2', { pool: 'nope' })
    bed.remove('local-1')
    bed.remove('local-2')
    await bed.reconcile('local-1')
    await bed.reconcile('local-2')
    expect(bed.objects.size).toBe(0)
  })

  it('leaves a namesake of another claim alone', async () => {
    const bed = await VolumeBed.create()
    const tags = ['open-local', 'open-local.uid=other']
    await bed.host.lvm.createLogicalVolume({
      volumeGroup: 'pool0',
      name: 'local-1',
      sizeBytes: 4n << 20n,
      stripes: 1,
      tags,
    })
    await bed.restart()
    bed.put('local-1')
    bed.remove('local-1')
    await bed.reconcile('local-1')
    expect(bed.objects.size).toBe(0)
    expect(bed.volumeNames).toEqual(['local-1'])
  })

  it('asks LVM nothing more when only the API could not be told', async () => {
    const bed = await VolumeBed.create()
    bed.put('local-1')
    await bed.reconcile('local-1')
    bed.remove('local-1')
    bed.host.state.log.length = 0
    bed.host.state.failNext('PATCH', 'connection reset')
    await expect(bed.reconcile('local-1')).rejects.toThrow('connection reset')
    await bed.reconcile('local-1')
    expect(bed.objects.size).toBe(0)
    expect(bed.lvmCommands).toEqual(['lvremove -f pool0/local-1'])
  })

  it('waits for a CSI call on the same volume', async () => {
    const bed = await VolumeBed.create()
    bed.put('local-1')
    await bed.reconcile('local-1')
    bed.remove('local-1')
    await bed.context.locks.run('local-1', 'staging', async () => {
      expect(await bed.reconcile('local-1')).toEqual({ requeueAfterMs: 5_000 })
    })
    expect(bed.volumeNames).toEqual(['local-1'])
  })
})

/** How many steps a whole run takes, so that the agent can be killed around each of them. */
async function stepsOf(prepare: (bed: VolumeBed) => Promise<void>): Promise<number> {
  const bed = await VolumeBed.create()
  await prepare(bed)
  bed.host.state.revive()
  await bed.reconcile('local-1')
  return bed.host.state.steps
}

describe('killed with -9', () => {
  const making = async (bed: VolumeBed) => void bed.put('local-1')
  const deleting = async (bed: VolumeBed) => {
    bed.put('local-1')
    await bed.reconcile('local-1')
    bed.remove('local-1')
  }

  it('anywhere while making: one volume, Ready, no note left', async () => {
    const steps = await stepsOf(making)
    expect(steps).toBeGreaterThan(5)
    for (let step = 1; step <= steps; step++)
      for (const when of ['before', 'after'] as const) {
        const bed = await VolumeBed.create()
        await making(bed)
        bed.host.state.dieAt(step, when)
        await expect(bed.reconcile('local-1'), `${when} step ${step}`).rejects.toThrow()
        await bed.restart()
        await bed.settle('local-1')
        expect(bed.volumeNames, `${when} step ${step}`).toEqual(['local-1'])
        expect(bed.objects.get('local-1')?.status?.phase).toBe('Ready')
        expect(bed.notes.size).toBe(0)
      }
  })

  it('while making, in the middle of LVM’s work: what was cut short is not given out', async () => {
    const bed = await VolumeBed.create()
    bed.put('local-1')
    // After lvcreate committed, before it wiped what a former volume left there.
    bed.host.state.dieAt(2, 'after')
    await expect(bed.reconcile('local-1')).rejects.toThrow()
    bed.host.state.devices.get(PATH)!.signature = { type: 'ext4', usage: 'filesystem' }
    await bed.restart()
    await bed.settle('local-1')
    expect(bed.host.state.devices.get(PATH)?.signature).toBeUndefined()
    expect(bed.volumeNames).toEqual(['local-1'])
  })

  it('while making, and deleted before it came back: nothing is left', async () => {
    const steps = await stepsOf(making)
    for (let step = 1; step <= steps; step++) {
      const bed = await VolumeBed.create()
      await making(bed)
      bed.host.state.dieAt(step, 'after')
      await expect(bed.reconcile('local-1')).rejects.toThrow()
      await bed.restart()
      bed.remove('local-1')
      await bed.settle('local-1')
      expect(bed.volumeNames).toEqual([])
      expect([bed.objects.size, bed.notes.size]).toEqual([0, 0])
    }
  })

  it('anywhere while deleting: nothing is left', async () => {
    const steps = await stepsOf(deleting)
    expect(steps).toBeGreaterThan(4)
    for (let step = 1; step <= steps; step++)
      for (const when of ['before', 'after'] as const) {
        const bed = await VolumeBed.create()
        await deleting(bed)
        bed.host.state.dieAt(step, when)
        await expect(bed.reconcile('local-1'), `${when} step ${step}`).rejects.toThrow()
        await bed.restart()
        await bed.settle('local-1')
        expect(bed.volumeNames).toEqual([])
        expect(bed.objects.size).toBe(0)
      }
  })
})
