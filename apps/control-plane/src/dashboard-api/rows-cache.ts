import { mergePatchOf } from '@open-local/kube'
import type { Change, NodeRow, Overview, PoolRow, VolumeRow } from '@open-local/shared/api'
import type { RowContext } from './rows/context.ts'
import { nodeNames, nodeRow } from './rows/node-row.ts'
import { type ClusterInfo, overviewOf } from './rows/overview.ts'
import { poolRow } from './rows/pool-row.ts'
import { volumeKeys, volumeRow } from './rows/volume-row.ts'

export interface Rows {
  nodes: Map<string, NodeRow>
  pools: Map<string, PoolRow>
  volumes: Map<string, VolumeRow>
  overview: Overview
}

/** Every row that the dashboard lists, computed from what is known now. */
export function computeRows(context: RowContext, cluster: ClusterInfo): Rows {
  const nodes = new Map(nodeNames(context).map((name) => [name, nodeRow(context, name)]))
  const pools = new Map(
    context.books
      .pools()
      .map((book) => poolRow(context, book))
      .map((row) => [row.key, row]),
  )
  const volumes = new Map(
    volumeKeys(context).flatMap((key) => {
      const row = volumeRow(context, key)
      return row ? [[key, row] as const] : []
    }),
  )
  const overview = overviewOf(context, cluster, [...nodes.values()], [...pools.values()], [...volumes.values()])
  return { nodes, pools, volumes, overview }
}

/** What a reader of `before` must change to hold `after`: merge patches, and null for rows that are gone. */
export function changesBetween(before: Rows, after: Rows): Change[] {
  const changes: Change[] = []
  for (const resource of ['nodes', 'pools', 'volumes'] as const) {
    for (const [key, row] of after[resource]) {
      const patch = mergePatchOf(before[resource].get(key) ?? {}, row)
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
