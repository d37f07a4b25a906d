import { expect, it } from 'vitest'
import { LvmPicture } from '../host/lvm-picture.ts'
import { simulatedHost } from '../host/simulated-host.ts'
import { ProbeCache, takeSnapshot } from './take-snapshot.ts'

async function bed() {
  const host = simulatedHost([4n << 30n, 4n << 30n])
  const picture = new LvmPicture(host.lvm)
  await picture.refresh()
  const options = { host, picture, isDisk: (name: string) => /^sd[a-z]$/.test(name), mountDirectory: '/mnt/open-local' }
  return { host, options, probes: new ProbeCache() }
}

it('probes each idle device once, and again only after it was told to', async () => {
  const { host, options, probes } = await bed()
  await takeSnapshot(options, probes)
  await takeSnapshot(options, probes)
  const count = () => host.state.log.filter((c) => c.startsWith('blkid')).length
  expect(count()).toBe(2)
  probes.forget()
  await takeSnapshot(options, probes)
  expect(count()).toBe(4)
})

it('names a device that can’t be probed and reports the other', async () => {
  const { host, options, probes } = await bed()
  host.state.failNext('blkid -p -o export /dev/sda', 'Input/output error')
  const { problems, devices } = await takeSnapshot(options, probes)
  expect(devices.map((d) => d.path)).toEqual(['/dev/sda', '/dev/sdb'])
  expect(problems).toHaveLength(1)
  expect(problems[0]).toMatch(/\/dev\/sda.*Input\/output error/)
})

it('reports only mounts directly below the mount directory', async () => {
  const { host, options, probes } = await bed()
  await host.fileSystems.make('ext4', '/dev/sda')
  for (const path of ['/mnt/open-local/a', '/mnt/open-local/a/b', '/mnt/other']) {
    await host.mounts.prepare(path, 'directory')
    await host.mounts.mount('/dev/sda', path, 'ext4', [])
  }
  const { mountPoints } = await takeSnapshot(options, probes)
  expect(mountPoints.map((m) => m.path)).toEqual(['/mnt/open-local/a'])
})
