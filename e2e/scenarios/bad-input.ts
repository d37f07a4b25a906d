import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { System } from '../harness/system.ts'
import { until } from '../harness/until.ts'
import { allLogicalVolumes, freeBytes } from './support/disk.ts'
import { Workspace } from './support/kubernetes.ts'

export function badInput(system: () => System): void {
  describe('bad input is refused with the field and the fix, and changes nothing on disk', () => {
    let ws: Workspace
    let before: unknown
    const disks = async () => [await freeBytes(system()), await allLogicalVolumes(system())]
    beforeAll(async () => {
      ws = new Workspace(system(), 'bad-input')
      await ws.create()
      before = await disks()
    })
    afterAll(() => ws.remove())

    const refused = async (object: unknown): Promise<string> => {
      const result = await system().kubectl(['apply', '-f', '-'], {
        input: JSON.stringify(object),
        reject: false,
      })
      expect(result.exitCode).not.toBe(0)
      return result.stderr
    }

    it.each([
      [{ volumeType: 'lvm' }, /parameters\.volumeType.*LVM, Device, MountPoint/],
      [{ volumeType: 'LVM', lvmType: 'mirror' }, /parameters\.lvmType.*linear, striping/],
      [{ volumeType: 'LVM', vgName: 'x; reboot' }, /parameters\.vgName/],
      [{ volumeType: 'LVM', iops: 'many' }, /parameters\.iops/],
    ])('StorageClass parameters %j', async (parameters, message) => {
      const name = `bad-${Object.values(parameters)
        .join('-')
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, '-')}`
      const storageClass = {
        apiVersion: 'storage.k8s.io/v1',
        kind: 'StorageClass',
        metadata: { name },
        provisioner: 'local.csi.aliyun.com',
        parameters,
        volumeBindingMode: 'WaitForFirstConsumer',
      }
      await system().kubectl(['apply', '-f', '-'], { input: JSON.stringify(storageClass) })
      try {
        await ws.apply('claim.yaml', { 'name: data': `name: ${name}`, 'open-local-lvm': name })
        await ws.apply('pod.yaml', { 'name: writer': `name: ${name}`, 'claimName: data': `claimName: ${name}` })
        const told = await until(
          async () => {
            const events = [...(await ws.events(name))]
            return events.find((event) => message.test(event.message))
          },
          { what: `an event says ${message}`, timeoutMs: 180_000, everyMs: 500 },
        )
        expect(told.type).toBe('Warning')
        expect(await ws.volumes()).toEqual([])
        expect(await disks()).toEqual(before)
      } finally {
        await ws.kubectl('delete', 'pod', name, '--wait=true')
        await ws.kubectl('delete', 'pvc', name, '--wait=true')
        await system().kubectl(['delete', 'storageclass', name])
      }
    })

    it('a NodeLocalVolume with a bad size, type, pool or limit', async () => {
      const volume = (spec: object) => ({
        apiVersion: 'csi.aliyun.com/v1alpha1',
        kind: 'NodeLocalVolume',
        metadata: { name: 'bad' },
        spec: {
          nodeName: 'n1',
          driver: 'local.csi.aliyun.com',
          volumeType: 'LVM',
          pool: 'open-local-pool-0',
          sizeBytes: 1048576,
          ...spec,
        },
      })
      expect(await refused(volume({ sizeBytes: 0 }))).toMatch(/spec\.sizeBytes/)
      expect(await refused(volume({ volumeType: 'Quota' }))).toMatch(/spec\.volumeType/)
      expect(await refused(volume({ pool: 'x; reboot' }))).toMatch(/spec\.pool/)
      expect(await refused(volume({ limits: { iops: 0 } }))).toMatch(/spec\.limits\.iops/)
    })

    it.each([
      ['a VolumeGroup name with a command in it', vg({ name: 'x; reboot' }), /vgs\[0\]\.name.*should match/],
      ['a device outside of /dev', vg({ devices: ['/dev/../etc/passwd'] }), /vgs\[0\]\.devices\[0\].*should match/],
      ['a VolumeGroup without a device', vg({ devices: [] }), /vgs\[0\]\.devices.*at least 1/],
    ])('an init config with %s', async (_, globalConfig, message) => {
      const path = '/apis/csi.aliyun.com/v1alpha1/nodelocalstorageinitconfigs/open-local'
      const generation = async () => (await ws.get<{ metadata: { generation: number } }>(path)).metadata.generation
      const stored = await generation()
      const patch = JSON.stringify({ spec: { globalConfig } })
      const { stderr, exitCode } = await system().kubectl(
        ['patch', 'nlsc', 'open-local', '--type=merge', '-p', patch],
        { reject: false },
      )
      expect(exitCode).not.toBe(0)
      expect(stderr).toMatch(message)
      expect(await generation()).toBe(stored)
      expect(await disks()).toEqual(before)
    })
  })
}

const vg = (part: object) => ({
  resourceToBeInited: { vgs: [{ name: 'bad-input', devices: ['/dev/sda'], ...part }] },
})
