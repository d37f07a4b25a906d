import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RealSystem } from '@open-local/e2e/system'
import { build } from 'esbuild'
import { commandCounts, lvmProcesses } from './agent-metrics.ts'
import type { Figure } from './report.ts'

const CALLS = 1_000
const IDLE_SECONDS = 30

/** What calls cost: LVM processes of stage, publish, stats and list; memory after many calls; idle CPU. */
export async function agentCalls(
  system: RealSystem,
  volumePath: string,
  volumeId: string,
  staged: Map<string, number>,
  running: Map<string, number>,
): Promise<Figure[]> {
  const node = system.cluster.nodes[0]!
  const folder = await mkdtemp(join(tmpdir(), 'open-local-bench-'))
  try {
    const outfile = join(folder, 'calls.cjs')
    await build({
      entryPoints: [join(import.meta.dirname, 'guest-calls.ts')],
      outfile,
      bundle: true,
      platform: 'node',
      format: 'cjs',
      target: 'node24',
      logLevel: 'error',
    })
    await node.vm.push(outfile, '/tmp/calls.cjs')
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  const before = await commandCounts(system, node)
  await node.exec(
    `node /tmp/calls.cjs /var/lib/kubelet/plugins/local.csi.aliyun.com/csi.sock ${CALLS} ${volumeId} ${volumePath}`,
    { timeoutMs: 600_000 },
  )
  const stats = lvmProcesses(before, await commandCounts(system, node))
  const stage = lvmProcesses(staged, running)
  const pid = (await node.exec('cat /run/open-local/agent.pid')).stdout.trim()
  const rss = Number(/VmRSS:\s+(\d+)/.exec((await node.exec(`cat /proc/${pid}/status`)).stdout)?.[1])
  const ticks = async () => {
    const fields = (await node.exec(`cat /proc/${pid}/stat`)).stdout.split(') ')[1]!.split(' ')
    return Number(fields[11]) + Number(fields[12])
  }
  const from = await ticks()
  await sleep(IDLE_SECONDS * 1000)
  const idle = ((await ticks()) - from) / IDLE_SECONDS
  return [
    {
      what: 'LVM processes to stage and publish a volume',
      value: `${stage.count}${stage.which ? ` (${stage.which})` : ''}`,
      goal: '0',
    },
    {
      what: `LVM processes of ${CALLS} stats, info and capability calls`,
      value: `${stats.count}${stats.which ? ` (${stats.which})` : ''}`,
      goal: '0',
    },
    { what: `agent resident memory after ${CALLS} calls`, value: `${(rss / 1024).toFixed(0)} MiB`, goal: '≤ 80 MB' },
    { what: `agent idle CPU over ${IDLE_SECONDS} s, on the emulated machine`, value: `${idle.toFixed(2)} % of a core` },
  ]
}
