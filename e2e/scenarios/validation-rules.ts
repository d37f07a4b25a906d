import { describe, expect, it } from 'vitest'
import type { System } from '../harness/system.ts'

/** What the CEL rules of our CustomResourceDefinitions refuse, where the cluster evaluates them. */
export function validationRules(system: () => System): void {
  describe('the rules of our definitions refuse', () => {
    const refusal = async (args: string[], input = ''): Promise<string> => {
      const { exitCode, stderr } = await system().kubectl(args, { input, reject: false })
      expect(exitCode).not.toBe(0)
      return stderr
    }

    it('a device as the pool of a logical volume', async () => {
      const volume = {
        apiVersion: 'csi.aliyun.com/v1alpha1',
        kind: 'NodeLocalVolume',
        metadata: { name: 'bad' },
        spec: {
          nodeName: 'n1',
          driver: 'local.csi.aliyun.com',
          volumeType: 'LVM',
          pool: '/dev/sda',
          sizeBytes: 1048576,
        },
      }
      expect(await refusal(['apply', '-f', '-'], JSON.stringify(volume))).toMatch(
        /spec\.pool.*VolumeGroup's name for volumeType LVM/,
      )
    })

    it('a regular expression that is not RE2, and nothing is stored', async () => {
      const path = '/apis/csi.aliyun.com/v1alpha1/nodelocalstorageinitconfigs/open-local'
      const generation = async () =>
        (await system().get<{ metadata: { generation: number } }>(path)).metadata.generation
      const stored = await generation()
      const patch = JSON.stringify({ spec: { globalConfig: { listConfig: { vgs: { include: ['pool-('] } } } } })
      expect(await refusal(['patch', 'nlsc', 'open-local', '--type=merge', '-p', patch])).toMatch(
        /vgs\.include\[0\].*pool-\(.*RE2/,
      )
      expect(await generation()).toBe(stored)
    })
  })
}
