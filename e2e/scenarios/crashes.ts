import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Killable, System } from '../harness/system.ts'
import { until } from '../harness/until.ts'
import { allLogicalVolumes, freeBytes } from './support/disk.ts'
import { Workspace } from './support/kubernetes.ts'

const MINUTES = 60_000

/** Moments of a volume's making at which a process of ours is killed: each waits until it has come. */
const creating: [string, (ws: Workspace) => Promise<unknown>][] = [
  ['before anything is asked of it', async () => {}],
  ['when the NodeLocalVolume is written', (ws) => seen(async () => (await ws.volumes()).length > 0)],
  [
    'when the logical volume is on the disk',
    (ws) => seen(async () => (await allLogicalVolumes(ws.system)).some((lv) => lv.tags.join().includes(ws.namespace))),
  ],
  [
    'when its status says Ready',
    (ws) => seen(async () => (await ws.volumes()).some((v) => v.status?.phase === 'Ready')),
  ],
  ['when the claim is Bound', (ws) => ws.bound('data')],
]

/** Moments of its deletion. */
const deleting: [string, (ws: Workspace) => Promise<unknown>][] = [
  ['before the claim is deleted', async () => {}],
  [
    'when the NodeLocalVolume is being deleted or gone',
    (ws) => seen(async () => (await ws.volumes()).every((v) => v.metadata.deletionTimestamp)),
  ],
  [
    'when the logical volume is off the disk',
    (ws) => seen(async () => !(await allLogicalVolumes(ws.system)).some((lv) => lv.tags.join().includes(ws.namespace))),
  ],
]

function seen(ask: () => Promise<boolean>): Promise<boolean> {
  return until(async () => (await ask()) || undefined, {
    what: 'the moment of the crash comes',
    timeoutMs: 3 * MINUTES,
    everyMs: 20,
  })
}

export function crashes(system: () => System): void {
  const victims: [string, () => Killable[]][] = [
    ['agent', () => system().cluster.nodes.map((node) => system().agent(node))],
    ['control plane', () => [system().controlPlane]],
  ]
  describe.each(victims)('%s killed with -9', (victim, processes) => {
    let ws: Workspace
    let count = 0
    let before: Record<string, bigint>
    beforeEach(async () => {
      ws = new Workspace(system(), `crash-${victim.replace(' ', '-')}-${count++}`)
      await ws.create()
      before = await freeBytes(system())
    })
    afterEach(async () => {
      await Promise.all(processes().map((p) => p.start()))
      await ws.remove()
      expect(await freeBytes(system())).toEqual(before)
    })
    const restart = async (): Promise<void> => {
      await Promise.all(processes().map((p) => p.kill()))
      await sleep(500)
      await Promise.all(processes().map((p) => p.start()))
    }

    it.each(creating)('while creating, %s: one volume, and the pod runs', async (_, moment) => {
      if (moment === creating[0]![1]) await Promise.all(processes().map((p) => p.kill()))
      await ws.apply('claim.yaml', { '256Mi': '64Mi' })
      await ws.apply('pod.yaml')
      await moment(ws)
      await restart()
      await ws.running('writer')
      const { spec } = await ws.claim('data')
      const mine = (await allLogicalVolumes(system())).filter((lv) => lv.tags.join().includes(ws.namespace))
      expect(mine.map((lv) => lv.name)).toEqual([spec.volumeName])
      await ws.exec('writer', 'echo alive > /data/file && sync')
    })

    it.each(deleting)('while deleting, %s: no volume is left', async (_, moment) => {
      await ws.apply('claim.yaml', { '256Mi': '64Mi' })
      await ws.apply('pod.yaml')
      await ws.running('writer')
      await ws.deletePod('writer')
      if (moment === deleting[0]![1]) await Promise.all(processes().map((p) => p.kill()))
      await ws.kubectl('delete', 'pvc', 'data', '--wait=false')
      await moment(ws)
      await restart()
      await ws.remove()
      expect((await allLogicalVolumes(system())).filter((lv) => lv.tags.join().includes(ws.namespace))).toEqual([])
    })
  })
}
