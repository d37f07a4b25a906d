import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { System } from '../harness/system.ts'
import { allLogicalVolumes, machineOf } from './support/disk.ts'
import { Workspace } from './support/kubernetes.ts'

/** Whole blocks. */
const OFFSET = 9 * 512

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
      await ws.files('raw').writeAt('/dev/data', OFFSET, 'block-bytes')
      const { spec } = await ws.claim('raw')
      const lv = (await allLogicalVolumes(system())).find((found) => found.name === spec.volumeName)!
      const machine = machineOf(system(), pod.spec.nodeName)
      const device = `/dev/${lv.vg}/${lv.name}`
      expect(await machine.read(device, OFFSET, 11)).toBe('block-bytes')
      expect(await machine.fileSystem(device)).toBeUndefined()
    })

    it('keeps its bytes over a pod', async () => {
      await ws.deletePod('raw')
      await ws.apply('pod-block.yaml')
      await ws.running('raw')
      expect(await ws.files('raw').readAt('/dev/data', OFFSET, 11)).toBe('block-bytes')
    })
  })
}
