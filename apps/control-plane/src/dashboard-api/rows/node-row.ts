import type { NodeRow } from '@open-local/shared/api'
import { type Finding, type RowContext, reason, reasonOf, worst } from './context.ts'
import { poolRow, sumSpace } from './pool-row.ts'

/** The agent writes its heartbeat at least once a minute; after three it is silent. */
const SILENT_MS = 180_000

/** Names of all nodes that we know something of. */
export function nodeNames({ view }: RowContext): string[] {
  return [
    ...new Set([
      ...view.nodes.list().map((n) => n.metadata.name),
      ...view.nodeLocalStorages.list().map((s) => s.metadata.name),
    ]),
  ].sort()
}

export function nodeRow(context: RowContext, name: string): NodeRow {
  const { view, books, nowMs } = context
  const node = view.nodes.get(name)
  const storage = view.nodeLocalStorages.get(name)
  const info = storage?.status?.nodeStorageInfo
  const lastSeen = info?.state?.lastHeartbeatTime
  const age = lastSeen ? nowMs - Date.parse(lastSeen) : undefined
  const agent: NodeRow['agent'] = {
    state: age === undefined ? 'absent' : age > SILENT_MS ? 'silent' : 'alive',
    lastSeenAt: lastSeen ?? null,
  }
  const readyCondition = node?.status?.conditions?.find((c) => c.type === 'Ready')
  const ready = node ? readyCondition?.status === 'True' : null
  const pools = books.poolsOf(name).map((book) => poolRow(context, book))

  const own: Finding[] = []
  if (ready === null)
    own.push({
      health: 'attention',
      reason: reason('node.gone', `${name} is not a node of the cluster any more`, { node: name }),
    })
  else if (!ready)
    own.push({
      health: 'critical',
      reason: reason(
        'node.notReady',
        `${name} is not Ready: ${readyCondition?.message ?? 'its kubelet has not reported'}`,
        { node: name },
      ),
    })
  if (agent.state === 'silent')
    own.push({
      health: 'critical',
      reason: reason('agent.silent', `the agent of ${name} has been silent since ${lastSeen}`, {
        node: name,
        since: lastSeen ?? '',
      }),
    })
  if (agent.state === 'absent')
    own.push({
      health: 'attention',
      reason: reason('agent.absent', `no agent has reported from ${name}`, { node: name }),
    })
  for (const condition of storage?.status?.conditions ?? []) {
    if (condition.status !== 'False') continue
    const code = `condition.${condition.type}`
    own.push({
      health: 'attention',
      reason: reason(code, `${name}: ${condition.message}`, { node: name, message: condition.message }),
    })
  }
  for (const device of info?.deviceInfo ?? []) {
    if (device.condition !== 'DiskFault') continue
    own.push({
      health: 'critical',
      reason: reason('disk.fault', `${device.name} on ${name} is faulty`, { node: name, disk: device.name }),
    })
  }
  return {
    name,
    simulated: isSimulated(node?.metadata.labels),
    ready,
    agent,
    space: sumSpace(pools.filter((pool) => pool.offered).map((pool) => pool.space)),
    poolCount: pools.length,
    diskCount: (info?.deviceInfo ?? []).filter((device) => !device.parent).length,
    volumeCount: view.nodeLocalVolumes.byIndex('node', name).length,
    health: worst([...own.map((f) => f.health), ...pools.map((pool) => pool.health)]),
    reasons: [...own.map(reasonOf), ...pools.flatMap((pool) => pool.reasons)],
  }
}

/** Simulated nodes say so in a label. */
export function isSimulated(labels: Record<string, string> | undefined): boolean {
  return labels?.['csi.aliyun.com/simulated'] === 'true'
}
