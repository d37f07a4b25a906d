import { expect, it } from 'vitest'
import { parseConfig } from './config.ts'

it('has sane defaults', () => {
  const config = parseConfig(['--node-name', 'n1'])
  expect(config).toMatchObject({
    nodeName: 'n1',
    driver: 'local.csi.aliyun.com',
    kubeletDir: '/var/lib/kubelet',
    listen: { host: '0.0.0.0', port: 9808 },
    maxVolumes: 256,
    mountDir: '/mnt/open-local',
    simulate: false,
    simDisks: [
      { sizeBytes: 100n << 30n, medium: 'ssd' },
      { sizeBytes: 100n << 30n, medium: 'ssd' },
    ],
    simState: undefined,
    logLevel: 'info',
  })
})

it.each([
  ['sda', true],
  ['sdaa', true],
  ['vdb', true],
  ['xvdf', true],
  ['nvme0n1', true],
  ['nvme10n12', true],
  ['nvme0n1p1', false],
  ['sda1', false],
  ['dm-0', false],
  ['loop0', false],
  ['sr0', false],
])('takes %s for a disk: %s', (name, expected) => {
  expect(parseConfig(['--node-name', 'n1']).deviceRegexp.test(name)).toBe(expected)
})

it('reads what is given', () => {
  const flags = ['--node-name', 'n', '--listen', '[::1]:0', '--max-volumes', '0', '--kubelet-dir', '/k/', '--simulate']
  expect(parseConfig([...flags, '--sim-disks', '1Gi:nvme,512Mi:hdd', '--sim-state', '/s/'])).toMatchObject({
    listen: { host: '::1', port: 0 },
    maxVolumes: 0,
    kubeletDir: '/k',
    simulate: true,
    simDisks: [
      { sizeBytes: 1n << 30n, medium: 'nvme' },
      { sizeBytes: 512n << 20n, medium: 'hdd' },
    ],
    simState: '/s',
  })
})
