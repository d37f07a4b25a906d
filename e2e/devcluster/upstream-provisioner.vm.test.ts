import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ensureKubernetesBinaries } from '../harness/kubernetes-binaries.ts'
import { lineProgress } from '../harness/progress.ts'
import { type SimulatedSystem, startSimulatedSystem } from '../harness/simulated-system.ts'
import { firstConsumer } from '../scenarios/first-consumer.ts'
import { placement } from '../scenarios/placement.ts'
import { allLogicalVolumes } from '../scenarios/support/disk.ts'
import { Workspace } from '../scenarios/support/kubernetes.ts'
import { story } from '../scenarios/support/story.ts'

/** The external-provisioner of the real cluster, unmodified, on the devcluster in place of its stand-in. */
describe('the upstream provisioner on a simulated cluster', () => {
  let running: SimulatedSystem | undefined
  const system = (): SimulatedSystem => {
    if (!running) throw new Error('the cluster is not up')
    return running
  }
  beforeAll(async () => {
    const progress = lineProgress()
    const binaries = await ensureKubernetesBinaries(progress)
    running = await startSimulatedSystem({ nodes: 2, disks: ['3Gi', '2Gi'], dashboard: true, binaries, progress })
  })
  afterAll(() => running?.stop())

  it('makes a volume and takes it away, and says so in events of its own', async ({ onTestFailed }) => {
    onTestFailed(async () => console.log(await story(system(), 'upstream provisioner')))
    const ws = new Workspace(system(), 'upstream')
    await ws.create()
    await ws.apply('claim.yaml')
    await ws.apply('pod.yaml')
    await ws.running('writer')
    const { spec } = await ws.claim('data')
    expect((await allLogicalVolumes(system())).map(({ name }) => name)).toEqual([spec.volumeName])
    const { items } = await ws.get<{ items: { reason: string; source?: { component?: string } }[] }>(
      '/api/v1/namespaces/{ns}/events?fieldSelector=involvedObject.name=data',
    )
    const made = items.find(({ reason }) => reason === 'ProvisioningSucceeded')
    expect(made?.source?.component).toMatch(/^local\.csi\.aliyun\.com_/)
    await ws.remove()
    expect(await allLogicalVolumes(system())).toEqual([])
  })

  firstConsumer(system)
  placement(system)
})
