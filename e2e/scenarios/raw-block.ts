import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { System } from '../harness/system.ts'
import { allLogicalVolumes, nodeOf } from './support/disk.ts'
import { Workspace } from './support/kubernetes.ts'

export function rawBlock(system: () => System): void {
  describe('a raw block claim', () => {
    let ws: Workspace
    beforeAll(async () => {
      ws = new Workspace(system(), 'raw-block')
      await ws.create()
    })
    afterAll(() => ws.remove())

    it('is a device in the pod; its bytes are the logical volume’s, and no file system is made', async () => {
      await ws.apply('claim-block.yaml')
      await ws.apply('pod-block.yaml')
      const pod = await ws.running('raw')
      await ws.exec('raw', 'echo block-bytes | dd of=/dev/data bs=512 seek=9 conv=sync 2>/dev/null && sync')
      const { spec } = await ws.claim('raw')
      const lv = (await allLogicalVolumes(system())).find((found) => found.name === spec.volumeName)!
      const node = nodeOf(system(), pod.spec.nodeName)
      const device = `/dev/${lv.vg}/${lv.name}`
      expect(
        (await node.exec(`dd if=${device} bs=512 skip=9 count=1 iflag=direct 2>/dev/null | head -c 11`)).stdout,
      ).toBe('block-bytes')
      expect((await node.exec(`blkid -p ${device}`, { reject: false })).stdout).toBe('')
    })

    it('keeps its bytes over a pod', async () => {
      await ws.deletePod('raw')
      await ws.apply('pod-block.yaml')
      await ws.running('raw')
      expect(await ws.exec('raw', 'dd if=/dev/data bs=512 skip=9 count=1 2>/dev/null | head -c 11')).toBe('block-bytes')
    })
  })
}
