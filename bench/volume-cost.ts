import { setTimeout as sleep } from 'node:timers/promises'
import type { RealSystem } from '@open-local/e2e/system'
import { until } from '@open-local/e2e/until'
import type { NodeLocalVolume } from '@open-local/shared'
import { commandCounts, lvmProcesses } from './agent-metrics.ts'
import { type Figure, percentile } from './report.ts'

const COUNT = 50
const PATH = '/apis/csi.aliyun.com/v1alpha1/nodelocalvolumes'
const POOL = 'open-local-pool-0'
const BYTES = 16 << 20

/**
 * What a volume costs on the node: LVM processes for a create and a delete, and the agent's time from seeing the object
 * to its Ready patch, beside a bare lvcreate with the same flush on the same node, one after the other.
 */
export async function volumeCost(system: RealSystem): Promise<Figure[]> {
  const { cluster } = system
  const node = cluster.nodes[0]!
  const { api } = cluster.controlPlane
  const device = (await node.exec(`pvs --noheadings -o pv_name -S vg_name=${POOL}`)).stdout.trim()
  const bare: number[] = []
  let [created, deleted] = [0, 0]
  for (let i = 0; i < COUNT; i++) {
    const name = `bench-${i}`
    const volume: NodeLocalVolume = {
      apiVersion: 'csi.aliyun.com/v1alpha1',
      kind: 'NodeLocalVolume',
      metadata: { name, labels: { 'csi.aliyun.com/node': node.name }, finalizers: ['csi.aliyun.com/logical-volume'] },
      spec: {
        nodeName: node.name,
        driver: 'local.csi.aliyun.com',
        volumeType: 'LVM',
        pool: POOL,
        sizeBytes: BYTES,
        accessType: 'Filesystem',
        fsType: 'ext4',
        wipePolicy: 'none',
      },
    }
    const start = await commandCounts(system, node)
    await api.post(PATH, volume)
    await until(async () => (await api.get<NodeLocalVolume>(`${PATH}/${name}`)).status?.phase === 'Ready', {
      what: `${name} is Ready`,
      timeoutMs: 60_000,
      everyMs: 50,
    })
    // What follows a create (a report read again) counts as well.
    await sleep(300)
    const ready = await commandCounts(system, node)
    created += lvmProcesses(start, ready).count
    const { stdout } = await node.exec(
      `a=$EPOCHREALTIME; lvcreate -q -n bare -L ${BYTES}b -W y -y ${POOL} >/dev/null; sync ${device}; b=$EPOCHREALTIME; lvremove -qf ${POOL}/bare >/dev/null; echo $a $b`,
    )
    const [from = 0, to = 0] = stdout.trim().split(' ').map(Number)
    bare.push((to - from) * 1000)
    const before = await commandCounts(system, node)
    await cluster.kubectl(['delete', 'nlv', name, '--wait=true'])
    await sleep(300)
    deleted += lvmProcesses(before, await commandCounts(system, node)).count
  }
  const log = (await system.openLocal.agent(node.name).log()).split('\n')
  const ours = log.flatMap((line) => {
    const match = /"volume":"bench-\d+","durationMs":(\d+)/.exec(line)
    return match ? [Number(match[1])] : []
  })
  const ratio = (part: number) => (percentile(ours, part) / percentile(bare, part)).toFixed(2)
  return [
    { what: `LVM processes per create (${COUNT} volumes)`, value: (created / COUNT).toFixed(2), goal: '1' },
    { what: `LVM processes per delete (${COUNT} volumes)`, value: (deleted / COUNT).toFixed(2), goal: '1' },
    {
      what: `seen → Ready patch ÷ bare lvcreate and flush, p50 (${ours.length} each)`,
      value: `${ratio(0.5)}  (${percentile(ours, 0.5)} ms ÷ ${percentile(bare, 0.5).toFixed(0)} ms)`,
      goal: '≤ 1.15',
    },
    {
      what: 'the same, p99',
      value: `${ratio(0.99)}  (${percentile(ours, 0.99)} ms ÷ ${percentile(bare, 0.99).toFixed(0)} ms)`,
    },
  ]
}
