import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { lineProgress } from '@open-local/e2e/progress'
import { type SimulatedSystem, startSimulatedSystem } from '@open-local/e2e/simulated-system'
import { until } from '@open-local/e2e/until'
import { type Figure, seconds } from './report.ts'

/** Room for every claim, and for half as many pods: a node holds 110 of them. */
const OPTIONS = { nodes: 3, disks: ['8Ti'], dashboard: true }

/** Figures of the simulated cluster: its start, what its processes hold, and many claims at once. */
export async function simulatedFigures(): Promise<Figure[]> {
  // Short: sockets lie in it.
  const dataDir = await mkdtemp('/tmp/olb-')
  try {
    const first = await startSimulatedSystem({ ...OPTIONS, dataDir, progress: lineProgress() })
    const { dashboardUrl } = first
    await first.stop()
    const from = performance.now()
    const page = until(async () => (await fetch(dashboardUrl)).ok, {
      what: 'the dashboard answers',
      timeoutMs: 60_000,
      everyMs: 50,
    }).then(() => performance.now() - from)
    const system = await startSimulatedSystem({ ...OPTIONS, dataDir, progress: lineProgress() })
    const usable = performance.now() - from
    try {
      return [
        { what: 'simulated, second start → the page answers', value: seconds(await page), goal: '< 15 s' },
        { what: 'simulated, second start → every node can be used', value: seconds(usable) },
        ...memory(dataDir),
        await claimsAtOnce(system, 200, '< 20 s'),
        await claimsAtOnce(system, 500, '< 45 s'),
      ]
    } finally {
      await system.stop()
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
}

/** Resident, by what the process is. The agents are one figure: the largest. */
function memory(dataDir: string): Figure[] {
  const rows = execFileSync('ps', ['-eo', 'rss=,args='], { encoding: 'utf8' }).split('\n')
  const of = (program: string): number[] =>
    rows.filter((row) => row.includes(program) && row.includes(dataDir)).map((row) => Number.parseInt(row, 10) / 1024)
  const largest = (program: string): string => `${Math.round(Math.max(...of(program)))} MiB`
  return [
    { what: 'resident memory at 3 nodes: devcluster', value: largest(join('devcluster', 'src', 'main.ts')) },
    { what: 'resident memory at 3 nodes: control plane', value: largest(join('control-plane', 'dist', 'main.mjs')) },
    { what: 'resident memory at 3 nodes: largest agent', value: largest('agent.cjs') },
  ]
}

/** Claims, two for each pod, from the moment kubectl has created them until all are Bound. */
async function claimsAtOnce(system: SimulatedSystem, count: number, goal: string): Promise<Figure> {
  const namespace = `at-once-${count}`
  await system.kubectl(['create', 'namespace', namespace])
  const claims = Array.from({ length: count }, (_, at) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: `claim-${at}` },
    spec: {
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'open-local-lvm',
      resources: { requests: { storage: '64Mi' } },
    },
  }))
  const pods = Array.from({ length: count / 2 }, (_, at) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `pod-${at}` },
    spec: {
      containers: [{ name: 'c', image: 'none' }],
      volumes: [0, 1].map((which) => ({
        name: `v${which}`,
        persistentVolumeClaim: { claimName: `claim-${at * 2 + which}` },
      })),
    },
  }))
  const input = [...claims, ...pods].map((object) => JSON.stringify(object)).join('\n---\n')
  const from = performance.now()
  await system.kubectl(['-n', namespace, 'create', '-f', '-'], { input })
  const created = performance.now()
  await until(
    async () => {
      const path = `/api/v1/namespaces/${namespace}/persistentvolumeclaims`
      const { items } = await system.get<{ items: { status: { phase: string } }[] }>(path)
      return items.length === count && items.every(({ status }) => status.phase === 'Bound')
    },
    { what: `${count} claims are Bound`, timeoutMs: 300_000, everyMs: 100 },
  )
  const all = performance.now() - from
  await system.kubectl(['delete', 'namespace', namespace, '--timeout=170s'])
  return {
    what: `${count} claims at once → all Bound (kubectl alone: ${seconds(created - from)})`,
    value: seconds(all),
    goal,
  }
}
