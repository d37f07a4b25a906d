import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { System } from '../harness/system.ts'
import { allLogicalVolumes, freeBytes } from './support/disk.ts'
import { Workspace } from './support/kubernetes.ts'

/** Whole mebibytes, rounded down, as a claim writes them. */
const mebibytes = (bytes: bigint): string => `${bytes >> 20n}Mi`

export function placement(system: () => System): void {
  describe('placement', () => {
    let ws: Workspace
    let most: bigint
    beforeAll(async () => {
      ws = new Workspace(system(), 'placement')
      await ws.create()
      most = Object.values(await freeBytes(system())).reduce((a, b) => (a > b ? a : b), 0n)
    })
    afterEach(async () => {
      await ws.kubectl('delete', 'pods', '--all', '--wait=true', '--timeout=180s')
      await ws.kubectl('delete', 'pvc', '--all', '--wait=true', '--timeout=180s')
    })
    afterAll(() => ws.remove())

    const two = async (first: string, second: string) => {
      await ws.apply('claim.yaml', { 'name: data': 'name: first', '256Mi': first })
      await ws.apply('claim.yaml', { 'name: data': 'name: second', '256Mi': second })
      await ws.apply('pod-two-claims.yaml')
    }

    it('puts two claims of one pod on the pod’s node', async () => {
      await two('128Mi', '128Mi')
      const pod = await ws.running('pair')
      expect((await ws.volumes()).map((v) => v.spec.nodeName)).toEqual([pod.spec.nodeName, pod.spec.nodeName])
    })

    it('makes neither of two claims when only one of them fits anywhere', async () => {
      const before = await freeBytes(system())
      await two(mebibytes((most * 2n) / 3n), mebibytes((most * 2n) / 3n))
      const event = await ws.event('pair', 'FailedScheduling', /Insufficient/)
      for (const node of system().cluster.nodes) expect(event.message).toContain(node.name)
      expect(await ws.volumes()).toEqual([])
      expect(await freeBytes(system())).toEqual(before)
    })

    it('says per node why a claim larger than any pool waits, holds nothing, and runs it once there is room', async () => {
      // A filler takes a part of every pool; the second claim needs what the filler holds.
      const pools = Object.entries(await freeBytes(system())).filter(([, free]) => free > most / 4n)
      for (const [i, [key, free]] of pools.entries()) {
        const filler = { 'name: data': `name: filler-${i}`, '256Mi': mebibytes(free / 2n) }
        await ws.apply('claim.yaml', filler)
        await ws.apply('pod.yaml', {
          'name: writer': `name: filler-${i}`,
          'claimName: data': `claimName: filler-${i}`,
          'hostNetwork: true': `nodeSelector: { kubernetes.io/hostname: ${key.split('/')[0]} }\n  hostNetwork: true`,
        })
        await ws.running(`filler-${i}`)
      }
      await ws.apply('claim.yaml', { '256Mi': mebibytes((most * 3n) / 4n) })
      await ws.apply('pod.yaml')
      const event = await ws.event('writer', 'FailedScheduling', /Insufficient/)
      expect(event.message).toMatch(/GiB|MiB/)
      expect((await ws.volumes()).map((v) => v.spec.claim?.name).sort()).toEqual(
        pools.map((_, i) => `filler-${i}`).sort(),
      )
      expect((await ws.pod('writer')).spec.nodeName).toBeUndefined()

      for (const i of pools.keys()) {
        await ws.deletePod(`filler-${i}`)
        await ws.kubectl('delete', 'pvc', `filler-${i}`, '--wait=true', '--timeout=180s')
      }
      await ws.running('writer')
      const { spec } = await ws.claim('data')
      expect((await allLogicalVolumes(system())).filter((lv) => lv.name === spec.volumeName)).toHaveLength(1)
    })
  })
}
