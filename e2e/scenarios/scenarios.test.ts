import { afterAll, afterEach, beforeAll, describe } from 'vitest'
import { lineProgress } from '../harness/progress.ts'
import { type RealSystem, startSystem } from '../harness/system.ts'
import { badInput } from './bad-input.ts'
import { containers } from './containers.ts'
import { crashes } from './crashes.ts'
import { dashboard } from './dashboard.ts'
import { deleteOrders } from './delete-orders.ts'
import { firstConsumer } from './first-consumer.ts'
import { identities } from './identities.ts'
import { nodeCrash } from './node-crash.ts'
import { placement } from './placement.ts'
import { quickstart } from './quickstart.ts'
import { rawBlock } from './raw-block.ts'
import { statefulSet } from './stateful-set.ts'
import { story } from './support/story.ts'
import { validationRules } from './validation-rules.ts'

/**
 * What a person does with kubectl, on a real Kubernetes: two machines with real LVM, the real kubelet, scheduler and
 * provisioner, and all of ours. Written once, to hold on any cluster the harness can make. Assertions are on what LVM,
 * blkid and findmnt say. One cluster; each scenario in a namespace of its own, which it leaves empty.
 */
describe('on a real Kubernetes', () => {
  let running: RealSystem | undefined
  const system = (): RealSystem => {
    if (!running) throw new Error('the cluster is not up')
    return running
  }
  beforeAll(async () => {
    running = await startSystem({ nodes: 2, disks: ['3Gi', '2Gi'], dashboard: true, progress: lineProgress() })
  })
  afterAll(() => running?.stop())
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail' && running) console.log(await story(running, task.name))
  })

  quickstart(system)
  containers(system)
  dashboard(system)
  firstConsumer(system)
  rawBlock(system)
  statefulSet(system)
  placement(system)
  badInput(system)
  validationRules(system)
  identities(system)
  deleteOrders(system)
  crashes(system)
  nodeCrash(system)
})
