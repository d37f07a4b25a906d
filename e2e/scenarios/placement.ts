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
    afterEach(() => ws.clear())
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
      await two(mebibytes((most * 3n) / 4n), mebibytes((most * 3n) / 4n))
      const event = await ws.event('pair', 'FailedScheduling', /Insufficient/)
      for (const node of system().machines) expect(event.message).toContain(node.name)
      expect(await ws.volumes()).toEqual([])
      expect(await freeBytes(system())).toEqual(before)
    })

    it('says per node why a claim larger than any pool waits, holds nothing, and runs it once there is room', async () => {
      // A filler takes half of the largest pool of each node; the claim needs three quarters of one.
      const fillers = system().machines.map(({ name }) => ({ name: `filler-${name}`, node: name }))
      for (const { name, node } of fillers) {
        await ws.apply('claim.yaml', { 'name: data': `name: ${name}`, '256Mi': mebibytes(most / 2n) })
        await ws.apply('pod.yaml', {
          'name: writer': `name: ${name}`,
          'claimName: data': `claimName: ${name}`,
          'hostNetwork: true': `nodeSelector: { kubernetes.io/hostname: ${node} }\n  hostNetwork: true`,
        })
      }
      for (const { name } of fillers) await ws.running(name)
      await ws.apply('claim.yaml', { '256Mi': mebibytes((most * 3n) / 4n) })
      await ws.apply('pod.yaml')
      const event = await ws.event('writer', 'FailedScheduling', /Insufficient/)
      expect(event.message).toMatch(/GiB|MiB/)
      for (const { node } of fillers) expect(event.message).toContain(node)
      expect((await ws.volumes()).map((v) => v.spec.claim?.name).sort()).toEqual(fillers.map(({ name }) => name))
      expect((await ws.pod('writer')).spec.nodeName).toBeUndefined()

      const [first] = fillers
      await ws.deletePod(first!.name)
      await ws.kubectl('delete', 'pvc', first!.name, '--wait=true', '--timeout=170s')
      await ws.running('writer')
      const { spec } = await ws.claim('data')
      expect((await allLogicalVolumes(system())).filter((lv) => lv.name === spec.volumeName)).toHaveLength(1)
    })
  })
}
