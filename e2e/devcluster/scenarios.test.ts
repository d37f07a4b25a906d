import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { lineProgress } from '../harness/progress.ts'
import { type SimulatedSystem, startSimulatedSystem } from '../harness/simulated-system.ts'
import { badInput } from '../scenarios/bad-input.ts'
import { crashes } from '../scenarios/crashes.ts'
import { dashboard } from '../scenarios/dashboard.ts'
import { deleteOrders } from '../scenarios/delete-orders.ts'
import { firstConsumer } from '../scenarios/first-consumer.ts'
import { nodeCrash } from '../scenarios/node-crash.ts'
import { placement } from '../scenarios/placement.ts'
import { quickstart } from '../scenarios/quickstart.ts'
import { rawBlock } from '../scenarios/raw-block.ts'
import { statefulSet } from '../scenarios/stateful-set.ts'
import { story } from '../scenarios/support/story.ts'

/**
 * The scenarios of e2e/scenarios on the devcluster, unchanged. Left out: `containers`, because none run;
 * `validationRules` and `identities`, because CEL rules and admission policies are kept there and not evaluated. It is no evidence for LVM or Kubernetes.
 */
describe('on a simulated cluster', () => {
  let running: SimulatedSystem | undefined
  const system = (): SimulatedSystem => {
    if (!running) throw new Error('the cluster is not up')
    return running
  }
  beforeAll(async () => {
    running = await startSimulatedSystem({ nodes: 2, disks: ['3Gi', '2Gi'], dashboard: true, progress: lineProgress() })
  })
  afterAll(() => running?.stop())
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail' && running) console.log(await story(running, task.name))
  })

  it('is called simulated by the dashboard and by every node', async () => {
    const overview = await fetch(`${system().openLocal.apiUrl}/api/v1/overview`)
    expect(await overview.json()).toMatchObject({ cluster: { simulated: true } })
    const { stdout } = await system().kubectl(['get', 'nodes', '-o', 'wide', '--no-headers'])
    for (const line of stdout.split('\n')) expect(line).toMatch(/-devcluster .*simulated node .*simulated:\/\//)
  })

  quickstart(system)
  dashboard(system)
  firstConsumer(system)
  rawBlock(system)
  statefulSet(system)
  placement(system)
  badInput(system)
  deleteOrders(system)
  crashes(system)
  nodeCrash(system)
})
