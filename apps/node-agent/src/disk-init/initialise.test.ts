import { expect, it } from 'vitest'
import { LvmPicture } from '../host/lvm-picture.ts'
import { type SimulatedHost, simulatedHost } from '../host/simulated-host.ts'
import { initialise } from './initialise.ts'

const wanted = {
  vgs: [{ name: 'pool0', devices: ['/dev/sda', '/dev/sdb'] }],
  mountpoints: [{ path: '/mnt/open-local/a', device: '/dev/sdc', fsType: 'ext4' }],
}

const machine = () => simulatedHost([4n << 30n, 4n << 30n, 4n << 30n])
const run = (host: SimulatedHost) => initialise({ host, picture: new LvmPicture(host.lvm) }, wanted)

it('makes what is asked for, flushed, and then has nothing to do', async () => {
  const host = machine()
  expect(await run(host)).toEqual({ kind: 'done', changed: true })
  const changes = host.state.log.filter((command) => !/^(lvm|blkid)/.test(command))
  expect(changes).toEqual([
    'vgcreate --metadatasize 16777216b pool0 /dev/sda /dev/sdb',
    'fsync /dev/sda',
    'fsync /dev/sdb',
    'mkfs.ext4 -F -m0 /dev/sdc',
    'fsync /dev/sdc',
    'mkdir -p /mnt/open-local/a',
    'mount -t ext4 /dev/sdc /mnt/open-local/a',
  ])
  expect(await run(host)).toEqual({ kind: 'done', changed: false })
})

it('mounts again after a reboot and formats nothing', async () => {
  const host = machine()
  await run(host)
  host.state.mounts.length = 0
  host.state.log.length = 0
  expect(await run(host)).toEqual({ kind: 'done', changed: true })
  expect(host.state.log.filter((command) => command.startsWith('mkfs'))).toEqual([])
})

it('does the rest when one device is not blank, and says why', async () => {
  const host = machine()
  host.state.devices.get('/dev/sdb')!.signature = { type: 'xfs', usage: 'filesystem' }
  const result = await run(host)
  expect(result.kind).toBe('refused')
  expect(result).toMatchObject({ messages: [expect.stringContaining('/dev/sdb carries xfs')] })
  expect([...host.state.groups.keys()]).toEqual([])
  expect(host.state.mounts.map((m) => m.path)).toEqual(['/mnt/open-local/a'])
})

it('reports a command that fails, and gets there the next time', async () => {
  const host = machine()
  host.state.failNext('vgcreate', 'Failed to write VG')
  expect(await run(host)).toMatchObject({ kind: 'failed', messages: [expect.stringContaining('Failed to write VG')] })
  expect(await run(host)).toEqual({ kind: 'done', changed: true })
})

it('takes up a device that a killed vgcreate had labelled', async () => {
  const host = machine()
  Object.assign(host.state.devices.get('/dev/sda')!, { signature: { type: 'LVM2_member', usage: 'raid' }, dirty: true })
  host.state.orphans.add('/dev/sda')
  expect(await run(host)).toEqual({ kind: 'done', changed: true })
  expect(host.state.groups.get('pool0')?.physicalVolumes).toHaveLength(2)
})

it('killed anywhere it ends the same', async () => {
  const whole = machine()
  whole.state.revive()
  await run(whole)
  for (let step = 1; step <= whole.state.steps; step++)
    for (const when of ['before', 'after'] as const) {
      const host = machine()
      host.state.dieAt(step, when)
      await run(host).catch(() => {})
      host.state.revive()
      await run(host)
      expect([...host.state.groups.keys()], `${when} ${step}`).toEqual(['pool0'])
      expect(host.state.mounts.map((m) => m.path)).toEqual(['/mnt/open-local/a'])
      expect(host.state.log.filter((c) => c.startsWith('mkfs')).length).toBeLessThanOrEqual(2)
    }
})
