import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { System } from '../harness/system.ts'
import { allLogicalVolumes } from './support/disk.ts'
import { Workspace } from './support/kubernetes.ts'

export function statefulSet(system: () => System): void {
  describe('a StatefulSet of three', () => {
    let ws: Workspace
    beforeAll(async () => {
      ws = new Workspace(system(), 'stateful-set')
      await ws.create()
    })
    afterAll(() => ws.remove())

    it('has one volume for each pod, on the pod’s node', async () => {
      await ws.apply('stateful-set.yaml')
      const pods = await Promise.all([0, 1, 2].map((i) => ws.running(`db-${i}`)))
      const volumes = await ws.volumes()
      expect(volumes).toHaveLength(3)
      const disks = await allLogicalVolumes(system())
      for (const [i, pod] of pods.entries()) {
        const claim = await ws.claim(`data-db-${i}`)
        expect(disks.filter((lv) => lv.name === claim.spec.volumeName)).toMatchObject([{ node: pod.spec.nodeName }])
        await ws.files(`db-${i}`).write('/data/owner', `db-${i}`)
      }
    })

    it('keeps the volumes apart', async () => {
      for (const i of [0, 1, 2]) expect(await ws.files(`db-${i}`).read('/data/owner')).toBe(`db-${i}`)
    })
  })
}
