/**
 * `npm run bench`: figures of one run on the real cluster, with their goals. Ratios and counts travel between machines;
 * times are those of this one, whose nodes are emulated.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { lineProgress } from '@open-local/e2e/progress'
import { type RealSystem, startSystem } from '@open-local/e2e/system'
import { until } from '@open-local/e2e/until'
import { agentCalls } from './agent-calls.ts'
import { commandCounts } from './agent-metrics.ts'
import { claimTimes } from './claim-times.ts'
import { painted } from './painted.ts'
import { type Figure, print, seconds } from './report.ts'
import { simulatedFigures } from './simulated.ts'
import { volumeCost } from './volume-cost.ts'

const { values } = parseArgs({
  options: {
    help: { type: 'boolean', short: 'h', default: false },
    simulated: { type: 'boolean', default: false },
  },
})
if (values.help) {
  console.log(
    'npm run bench                  Starts the real cluster twice, measures, and prints a table of figures with their goals. About 10 minutes.\nnpm run bench -- --simulated   The same for the simulated cluster, in about two minutes.',
  )
  process.exit(0)
}

if (values.simulated) {
  print(await simulatedFigures())
  process.exit(0)
}

const dataDir = await mkdtemp(join(tmpdir(), 'ol-bench-'))
const figures: Figure[] = []
try {
  const disks = ['4Gi', '4Gi']
  const first = await startSystem({ nodes: 1, disks, dataDir, dashboard: true, progress: lineProgress() })
  const { dashboardUrl } = first.openLocal
  await first.stop()

  const from = performance.now()
  const page = until(async () => (await fetch(dashboardUrl)).ok, {
    what: 'the dashboard answers',
    timeoutMs: 300_000,
    everyMs: 100,
  })
  const usable = page.then(() => performance.now() - from)
  const system = await startSystem({ nodes: 1, disks, dataDir, dashboard: true, progress: lineProgress() })
  const everything = performance.now() - from
  figures.push({ what: 'second start → the dashboard’s page answers', value: seconds(await usable), goal: '< 30 s' })
  figures.push({ what: 'second start → the node’s pools can be used', value: seconds(everything) })
  try {
    figures.push(...(await volumeCost(system)))
    figures.push(...(await calls(system)))
    figures.push(...(await claimTimes(system)))
    figures.push(...(await painted(system)))
  } finally {
    await system.stop()
  }
} finally {
  await rm(dataDir, { recursive: true, force: true })
}
console.log()
print(figures)
process.exit(0)

/** A pod's volume stays mounted while the calls are counted. */
async function calls(system: RealSystem): Promise<Figure[]> {
  const { cluster } = system
  const node = cluster.nodes[0]!
  const manifests = join(import.meta.dirname, '../e2e/manifests')
  await cluster.kubectl(['apply', '-f', join(manifests, 'claim.yaml')])
  await cluster.kubectl(['apply', '-f', join(manifests, 'pod.yaml')])
  const claim = '/api/v1/namespaces/default/persistentvolumeclaims/data'
  const bound = await until(
    async () => {
      const found = await cluster.get<{ spec: { volumeName?: string }; status: { phase: string } }>(claim)
      return found.status.phase === 'Bound' ? found : undefined
    },
    { what: 'the claim is Bound', timeoutMs: 120_000, everyMs: 20 },
  )
  const staged = await commandCounts(system, node)
  await cluster.kubectl(['wait', 'pod/writer', '--for=condition=Ready', '--timeout=180s'])
  const running = await commandCounts(system, node)
  const volumeId = bound.spec.volumeName!
  const path = (await node.exec(`findmnt -rno TARGET | grep ${volumeId}/mount`)).stdout.trim().split('\n')[0]!
  const result = await agentCalls(system, path, volumeId, staged, running)
  await cluster.kubectl(['delete', 'pod/writer', 'pvc/data', '--wait=true'])
  return result
}
