import { mergePatchOf } from '@open-local/kube'
import type { Change, NodeRow, Overview, PoolRow, VolumeRow } from '@open-local/shared/api'
import type { RowContext } from './rows/context.ts'
import { nodeNames, nodeRow } from './rows/node-row.ts'
import { type ClusterInfo, overviewOf } from './rows/overview.ts'
import { poolRow } from './rows/pool-row.ts'
import { inputsOf, volumeKeys, volumeRow } from './rows/volume-row.ts'

export interface Rows {
  nodes: Map<string, NodeRow>
  pools: Map<string, PoolRow>
  volumes: Map<string, VolumeRow>
  overview: Overview
}

/**
 * Every row that the dashboard lists, computed from what is known now. With the memo of an earlier call, a volume of
 * which nothing has changed keeps its very row: of ten thousand, only the few that changed are made and compared.
 */
export function computeRows(context: RowContext, cluster: ClusterInfo, memo: VolumeRowMemo = new Map()): Rows {
  const nodes = new Map(nodeNames(context).map((name) => [name, nodeRow(context, name)]))
  const pools = new Map(
    context.books
      .pools()
      .map((book) => poolRow(context, book))
      .map((row) => [row.key, row]),
  )
  const volumes = new Map<string, VolumeRow>()
  for (const key of volumeKeys(context)) {
    const row = memoised(memo, context, key)
    if (row) volumes.set(key, row)
  }
  for (const key of memo.keys()) if (!volumes.has(key)) memo.delete(key)
  const overview = overviewOf(context, cluster, [...nodes.values()], [...pools.values()], [...volumes.values()])
  return { nodes, pools, volumes, overview }
}

/** Volume key → what its row was made of, and the row. */
export type VolumeRowMemo = Map<string, { inputs: unknown[]; row: VolumeRow }>

function memoised(memo: VolumeRowMemo, context: RowContext, key: string): VolumeRow | undefined {
  const inputs = inputsOf(context, key)
  const kept = memo.get(key)
  if (kept && kept.inputs.length === inputs.length && kept.inputs.every((input, n) => input === inputs[n])) {
    // What waits changes with time alone.
    if (kept.row.phase !== 'Pending' && kept.row.phase !== 'Provisioning') return kept.row
  }
  const row = volumeRow(context, key)
  if (row) memo.set(key, { inputs, row })
  return row
}

/** What a reader of `before` must change to hold `after`: merge patches, and null for rows that are gone. */
export function changesBetween(before: Rows, after: Rows): Change[] {
  const changes: Change[] = []
  for (const resource of ['nodes', 'pools', 'volumes'] as const) {
    for (const [key, row] of after[resource]) {
      const held = before[resource].get(key)
      if (held === row) continue
      const patch = mergePatchOf(held ?? {}, row)
      if (patch !== undefined) changes.push({ resource, key, patch: patch as Record<string, unknown> })
    }
    for (const key of before[resource].keys())
      if (!after[resource].has(key)) changes.push({ resource, key, patch: null })
  }
  const patch = mergePatchOf(before.overview, after.overview)
  if (patch !== undefined)
    changes.push({ resource: 'overview', key: 'overview', patch: patch as Record<string, unknown> })
  return changes
}
