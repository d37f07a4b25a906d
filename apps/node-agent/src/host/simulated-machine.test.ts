import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { parseSimulatedDisks } from './simulated-disk.ts'
import { simulatedMachine } from './simulated-machine.ts'

const DEVICE = '/dev/pool0/a'

let root: string
let directory: string
let contents: string
let staging: string
let target: string

const start = (disks = '4Gi') => simulatedMachine({ nodeName: 'n1', disks: parseSimulatedDisks(disks), directory })

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'sim-')))
  directory = join(root, 'state')
  contents = join(directory, 'contents/pool0/a')
  staging = join(root, 'k/staging')
  target = join(root, 'k/pods/1/mount')
})

afterEach(() => rmSync(root, { recursive: true }))

async function withVolume() {
  const host = start()
  await host.lvm.createVolumeGroup({ name: 'pool0', devices: ['/dev/sda'], metadataSizeBytes: 1n << 20n })
  await host.lvm.createLogicalVolume({ volumeGroup: 'pool0', name: 'a', sizeBytes: 1n << 30n, stripes: 1, tags: ['t'] })
  return host
}

async function withMounts() {
  const host = await withVolume()
  await host.fileSystems.make('ext4', DEVICE)
  for (const path of [staging, target]) await host.mounts.prepare(path, 'directory')
  await host.mounts.mount(DEVICE, staging, 'ext4', [])
  await host.mounts.bind(staging, target, [])
  return host
}

it('is the same machine for the next agent', async () => {
  const before = await withMounts()
  const after = start()
  expect(await after.lvm.report()).toEqual(await before.lvm.report())
  expect(await after.mounts.list()).toEqual(await before.mounts.list())
  expect(after.state.devices).toEqual(before.state.devices)
  expect(after.state.bootId).toBe(before.state.bootId)
  expect(await after.devices.probe(DEVICE)).toEqual({ type: 'ext4', usage: 'filesystem' })
})

it('gives disks names, media and identities that follow from the node and their place', async () => {
  const list = await start('100Gi,2Ti:hdd,1Ti:nvme,1Gi:ssd').devices.list(() => true)
  expect(list.map((d) => [d.path, d.rotational, d.transport])).toEqual([
    ['/dev/nvme0n1', false, 'nvme'],
    ['/dev/sda', false, 'sata'],
    ['/dev/sdb', true, 'sata'],
    ['/dev/sdc', false, 'sata'],
  ])
  expect(new Set(list.flatMap((d) => [d.serial, d.wwn])).size).toBe(8)
  rmSync(directory, { recursive: true })
  expect(await start('100Gi,2Ti:hdd,1Ti:nvme,1Gi:ssd').devices.list(() => true)).toEqual(list)
  for (const wrong of ['1Gi:tape', '1Gi:ssd:x', '']) expect(() => parseSimulatedDisks(wrong)).toThrow()
})

it('adds a disk that is new and keeps the others', async () => {
  await withVolume()
  const host = start('8Gi,1Gi:nvme')
  expect([...host.state.devices.keys()].sort()).toEqual(['/dev/nvme0n1', DEVICE, '/dev/sda'])
  expect(host.state.devices.get('/dev/sda')?.sizeBytes).toBe(4n << 30n)
})

it('shows the contents at every mount, also after the agent was started again', async () => {
  await withMounts()
  writeFileSync(join(target, 'note'), 'hello')
  expect(readFileSync(join(staging, 'note'), 'utf8')).toBe('hello')
  expect(readFileSync(join(contents, 'note'), 'utf8')).toBe('hello')

  const host = start()
  expect(readFileSync(join(target, 'note'), 'utf8')).toBe('hello')
  const empty = await host.fileSystems.usage(target)
  writeFileSync(join(target, 'more'), Buffer.alloc(5000))
  const usage = await host.fileSystems.usage(target)
  expect(usage.usedBytes - empty.usedBytes).toBe(5000n)
  expect(usage.usedInodes - empty.usedInodes).toBe(1n)
  expect(usage.totalBytes).toBe(((1n << 30n) * 98n) / 100n)

  await host.mounts.unmount(target)
  expect([lstatSync(target).isDirectory(), readdirSync(target)]).toEqual([true, []])
  await host.mounts.remove(target)
  expect(existsSync(target)).toBe(false)
  await host.mounts.unmount(staging)
  expect(existsSync(join(contents, 'note'))).toBe(true)
  await host.lvm.removeLogicalVolume('pool0', 'a')
  expect(existsSync(contents)).toBe(false)
})

it('shows what lies beneath when the upper of two mounts goes', async () => {
  const host = await withMounts()
  await host.mounts.bind(staging, target, [])
  await host.mounts.unmount(target)
  writeFileSync(join(target, 'note'), '')
  expect(readdirSync(staging)).toEqual(['note'])
})

it('mends a mount point that a kill left behind, and recreates one that was taken away', async () => {
  await withMounts()
  unlinkSync(staging)
  unlinkSync(target)
  mkdirSync(target)
  start()
  writeFileSync(join(target, 'note'), '')
  expect(readdirSync(staging)).toEqual(['note'])
})

it('starts empty after mkfs and when the volume is made again', async () => {
  const host = await withMounts()
  writeFileSync(join(target, 'note'), '')
  for (const path of [target, staging]) await host.mounts.unmount(path)
  await host.devices.zero(DEVICE)
  expect(readdirSync(contents)).toEqual([])
  writeFileSync(join(contents, 'note'), '')
  await host.fileSystems.make('ext4', DEVICE)
  expect(readdirSync(contents)).toEqual([])
})

it('never mounts over nor removes what is not its own', async () => {
  const host = await withMounts()
  const other = join(root, 'other')
  mkdirSync(other)
  writeFileSync(join(other, 'mine'), 'x')
  await expect(host.mounts.bind(staging, other, [])).rejects.toThrow('only onto an empty directory')
  await expect(host.mounts.remove(other)).rejects.toThrow()
  await expect(host.mounts.remove(join(other, 'mine'))).rejects.toThrow('neither an empty')
  await expect(host.mounts.remove(target)).rejects.toThrow('busy')
  expect(readFileSync(join(other, 'mine'), 'utf8')).toBe('x')
  await expect(host.mounts.bind(staging, join(root, 'absent'), [])).rejects.toThrow('does not exist')
})

it('shows the raw device of a block volume, and sees what was written to it', async () => {
  const host = await withVolume()
  await host.mounts.prepare(target, 'file')
  await host.mounts.bind(DEVICE, target, [])
  expect(statSync(target).size).toBe(2 ** 30)
  expect(await host.devices.hasZeroEnds(DEVICE)).toBe(true)
  writeFileSync(target, 'bytes', { flag: 'r+' })
  const after = start()
  expect(await after.mounts.find(target)).toMatchObject({ kind: 'device' })
  expect(await after.devices.hasZeroEnds(DEVICE)).toBe(false)
  await after.mounts.unmount(target)
  expect([lstatSync(target).isFile(), lstatSync(target).size]).toEqual([true, 0])
  await after.devices.zero(DEVICE)
  expect(await after.devices.hasZeroEnds(DEVICE)).toBe(true)
})

it('forgets its mounts by a reboot, once', async () => {
  const before = await withMounts()
  writeFileSync(join(target, 'note'), '')
  writeFileSync(join(directory, 'reboot'), '')
  const host = start()
  expect(await host.mounts.list()).toEqual([])
  expect(readdirSync(target)).toEqual([])
  expect(lstatSync(staging).isDirectory()).toBe(true)
  expect(host.state.bootId).not.toBe(before.state.bootId)
  expect(existsSync(join(directory, 'reboot'))).toBe(false)
  await host.mounts.mount(DEVICE, staging, 'ext4', [])
  expect(start().state.bootId).toBe(host.state.bootId)
  expect(readdirSync(staging)).toEqual(['note'])
})

it.each([
  ['half of it', (text: string) => text.slice(0, text.length / 2)],
  ['nothing', () => ''],
  ['something else', () => '{"version":1}'],
])('does not start over a machine.json that holds %s', async (_, damage) => {
  await withVolume()
  const path = join(directory, 'machine.json')
  const damaged = damage(readFileSync(path, 'utf8'))
  writeFileSync(path, damaged)
  expect(() => start()).toThrow(`${path}, the state of the simulated machine, is damaged`)
  expect(readFileSync(path, 'utf8')).toBe(damaged)
})
