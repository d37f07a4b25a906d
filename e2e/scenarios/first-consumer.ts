import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { System } from '../harness/system.ts'
import { allLogicalVolumes, freeBytes, machineOf } from './support/disk.ts'
import { Workspace } from './support/kubernetes.ts'

export function firstConsumer(system: () => System): void {
  describe.each([
    ['ext4', 'claim.yaml', 256n << 20n],
    ['xfs', 'claim-xfs.yaml', 512n << 20n],
  ])('a claim with %s', (fsType, manifest, sizeBytes) => {
    let ws: Workspace
    let before: Record<string, bigint>
    let volume: string

    beforeAll(async () => {
      ws = new Workspace(system(), `first-${fsType}`)
      await ws.create()
      before = await freeBytes(system())
    })
    afterAll(() => ws.remove())

    it('waits for a pod, and nothing is made before there is one', async () => {
      await ws.apply(manifest)
      await ws.event('data', 'WaitForFirstConsumer', /./)
      expect((await ws.claim('data')).status?.phase).toBe('Pending')
      expect(await ws.volumes()).toEqual([])
    })

    it('becomes one tagged logical volume of its size, with its file system, mounted in the pod', async () => {
      await ws.apply('pod.yaml')
      const pod = await ws.running('writer')
      volume = (await ws.bound('data')).spec.volumeName!
      const [lv, ...others] = (await allLogicalVolumes(system())).filter((found) => found.name === volume)
      expect(others).toEqual([])
      expect(lv).toMatchObject({ node: pod.spec.nodeName, sizeBytes })
      expect(lv!.tags.join(' ')).toContain('open-local')
      const machine = machineOf(system(), pod.spec.nodeName)
      const device = `/dev/${lv!.vg}/${lv!.name}`
      expect(await machine.fileSystem(device)).toBe(fsType)
      expect((await machine.mountTargets(device)).join()).toContain('/pods/')
    })

    it('keeps what was written when the pod is deleted and comes back', async () => {
      await ws.files('writer').write('/data/file', 'kept-bytes')
      await ws.deletePod('writer')
      await ws.apply('pod.yaml')
      await ws.running('writer')
      expect(await ws.files('writer').read('/data/file')).toBe('kept-bytes')
    })

    it('gives the space back when all of it is deleted', async () => {
      await ws.deletePod('writer')
      await ws.kubectl('delete', 'pvc', 'data', '--wait=true', '--timeout=180s')
      await ws.remove()
      expect((await allLogicalVolumes(system())).filter((found) => found.name === volume)).toEqual([])
      expect(await freeBytes(system())).toEqual(before)
    })
  })
}
