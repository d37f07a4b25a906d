import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Killable, System } from '../harness/system.ts'
import { until } from '../harness/until.ts'
import { allLogicalVolumes, freeBytes } from './support/disk.ts'
import { Workspace } from './support/kubernetes.ts'

const MINUTES = 60_000

/** The process is dead already when the work is asked for. */
const beforehand = async (): Promise<void> => {}

/** Moments of a volume's making at which a process of ours is killed: each waits until it has come. */
const creating: [string, (ws: Workspace) => Promise<unknown>][] = [
  ['before anything is asked of it', beforehand],
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
  ['before the claim is deleted', beforehand],
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
  const machine = () => system().machines[0]!
  const victims: [string, () => Killable][] = [
    ['agent', () => system().agent(machine())],
    ['control plane', () => system().controlPlane],
  ]
  describe.each(victims)('%s killed with -9', (victim, target) => {
    let ws: Workspace
    let before: Record<string, bigint>
    beforeAll(async () => {
      ws = new Workspace(system(), `crash-${victim.replace(' ', '-')}`)
      await ws.create()
      before = await freeBytes(system())
    })
    afterEach(async () => {
      await target().start()
      await ws.clear()
    })
    afterAll(() => ws.remove())
    const kill = () => target().kill()
    const start = () => target().start()
    /** The killed agent's node is the pod's. */
    const pinned = () => ({
      'hostNetwork: true': `nodeSelector: { kubernetes.io/hostname: ${machine().name} }\n  hostNetwork: true`,
    })
    const ours = async () => (await allLogicalVolumes(system())).filter((lv) => lv.tags.join().includes(ws.namespace))

    // Each moment of a creation once, with a moment of a deletion after it.
    const pairs = creating.map(([title, moment], at) => {
      const [deletionTitle, deletionMoment] = deleting[at % deleting.length]!
      return [title, deletionTitle, moment, deletionMoment] as const
    })
    it.each(pairs)('while creating, %s: one volume; while deleting, %s: none is left', async (_, __, made, gone) => {
      if (made === beforehand) await kill()
      await ws.apply('claim.yaml', { '256Mi': '64Mi' })
      await ws.apply('pod.yaml', pinned())
      await made(ws)
      await kill()
      await start()
      await ws.running('writer')
      const { spec } = await ws.claim('data')
      expect((await ours()).map((lv) => lv.name)).toEqual([spec.volumeName])
      await ws.files('writer').write('/data/file', 'alive')

      await ws.deletePod('writer')
      if (gone === beforehand) await kill()
      await ws.kubectl('delete', 'pvc', 'data', '--wait=false')
      await gone(ws)
      await kill()
      await start()
      await ws.clear()
      expect(await ours()).toEqual([])
      expect(await freeBytes(system())).toEqual(before)
    })
  })
}
