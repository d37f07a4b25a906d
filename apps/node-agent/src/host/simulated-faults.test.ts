import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { SimulatedHost } from './simulated-host.ts'
import { simulatedMachine } from './simulated-machine.ts'

let directory: string
let faults: string
let host: SimulatedHost

const start = () => simulatedMachine({ nodeName: 'n1', disks: [{ sizeBytes: 4n << 30n, medium: 'ssd' }], directory })
const rules = (...list: object[]) => writeFileSync(faults, JSON.stringify(list))
const rulesLeft = (): unknown => JSON.parse(readFileSync(faults, 'utf8'))
const volumes = (of: SimulatedHost) => of.state.groups.get('pool0')?.logicalVolumes.map((v) => v.name)
const create = (name: string) =>
  host.lvm.createLogicalVolume({ volumeGroup: 'pool0', name, sizeBytes: 4n << 20n, stripes: 1, tags: [] })

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'sim-'))
  faults = join(directory, 'faults.json')
  host = start()
  await host.lvm.createVolumeGroup({ name: 'pool0', devices: ['/dev/sda'], metadataSizeBytes: 1n << 20n })
})

afterEach(() => rmSync(directory, { recursive: true }))

it('fails the operation once, as a command does, and does nothing', async () => {
  rules({ operation: 'lvm.createLogicalVolume', skip: 0, effect: 'fail', message: 'no luck' })
  await host.lvm.report()
  await expect(create('a')).rejects.toMatchObject({
    name: 'CommandError',
    code: 'INTERNAL',
    exitCode: 5,
    stderr: 'no luck',
  })
  expect(rulesLeft()).toEqual([])
  expect(volumes(host)).toEqual([])
  await create('a')
  expect(volumes(host)).toEqual(['a'])
})

it('lets as many go well as it is told to, any operation for a star', async () => {
  rules({ operation: '*', skip: 2, effect: 'fail' })
  await host.lvm.report()
  await host.devices.probe('/dev/sda')
  expect(rulesLeft()).toMatchObject([{ operation: '*', skip: 0, effect: 'fail' }])
  await expect(host.mounts.list()).rejects.toThrow('a fault was asked for')
  await host.mounts.list()
})

it('hangs, then fails like a command that was killed for its time', async () => {
  rules({ operation: 'lvm.report', effect: 'hang', hangMs: 20 })
  await expect(host.lvm.report()).rejects.toMatchObject({
    name: 'CommandError',
    code: 'DEADLINE_EXCEEDED',
    timedOut: true,
  })
})

it.each([
  ['die-before', []],
  ['die-after', ['a']],
])('%s: the process is gone, the machine holds %j, and a restart does not die again', (effect, expected) => {
  rules({ operation: 'lvm.createLogicalVolume', skip: 0, effect })
  const run = (name: string) =>
    spawnSync(process.execPath, [join(import.meta.dirname, 'testdata/dying-host.ts'), directory, name], {
      encoding: 'utf8',
    })
  expect(run('a')).toMatchObject({ signal: 'SIGKILL', stdout: '', stderr: '' })
  expect(rulesLeft()).toEqual([])
  expect(volumes(start())).toEqual(expected)
  expect(run('b')).toMatchObject({ signal: null, stdout: 'alive\n' })
  expect(volumes(start())).toEqual([...expected, 'b'])
})

it('names a file of faults that it cannot read', async () => {
  rules({ operation: 'lvm.report', effect: 'explode' })
  await expect(host.lvm.report()).rejects.toThrow(faults)
})
