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
      const result = await system().cluster.kubectl(['apply', '-f', '-'], {
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
      await system().cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(storageClass) })
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
        await system().cluster.kubectl(['delete', 'storageclass', name])
      }
    })

    it('a NodeLocalVolume with a size of zero or a bad pool name', async () => {
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
      expect(await refused(volume({ pool: '' }))).toMatch(/spec\.pool/)
    })

    it('a regular expression that is not RE2 becomes a condition that names it, and the nodes keep what they have', async () => {
      const path = '/apis/csi.aliyun.com/v1alpha1/nodelocalstorageinitconfigs/open-local'
      type Config = {
        spec: { globalConfig: { listConfig: { vgs: { include: string[] } } } }
        status?: { conditions?: { status: string; message: string }[] }
      }
      const { spec } = await ws.get<Config>(path)
      const include = spec.globalConfig.listConfig.vgs.include
      const patch = (list: string[]) =>
        system().cluster.kubectl([
          'patch',
          'nlsc',
          'open-local',
          '--type=merge',
          '-p',
          JSON.stringify({ spec: { globalConfig: { listConfig: { vgs: { include: list } } } } }),
        ])
      await patch([...include, 'pool-('])
      try {
        const told = await until(
          async () =>
            (await ws.get<Config>(path)).status?.conditions?.find(
              (c) => c.status === 'False' && c.message.includes('pool-('),
            ),
          { what: 'the init config has a condition that names the expression', timeoutMs: 60_000 },
        )
        expect(told.message).toContain(`vgs.include[${include.length}]`)
        expect(await disks()).toEqual(before)
      } finally {
        await patch(include)
      }
    })
  })
}
