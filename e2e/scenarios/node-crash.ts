import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { System } from '../harness/system.ts'
import { machineOf } from './support/disk.ts'
import { Workspace } from './support/kubernetes.ts'

export function nodeCrash(system: () => System): void {
  describe('a node that is killed and rebooted', () => {
    let ws: Workspace
    beforeAll(async () => {
      ws = new Workspace(system(), 'node-crash')
      await ws.create()
    })
    afterAll(() => ws.remove())

    it('comes back with its pods and their data', async () => {
      await ws.apply('claim.yaml')
      await ws.apply('pod.yaml')
      const pod = await ws.running('writer')
      await ws.files('writer').write('/data/file', 'survives')
      const machine = machineOf(system(), pod.spec.nodeName)
      await system().agent(machine).kill()
      await machine.reboot()
      await system().agent(machine).start()
      // The kubelet starts the same pod again: same uid, new container.
      const again = await ws.running('writer')
      expect(again.metadata.uid).toBe(pod.metadata.uid)
      await expect
        .poll(() => ws.files('writer').read('/data/file').catch(String), { timeout: 180_000, interval: 1000 })
        .toBe('survives')
    })
  })
}
