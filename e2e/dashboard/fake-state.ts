import type { Change, NodeDetail, Overview, VolumeDetail, VolumeRow } from '@open-local/shared/api'
import * as fixtures from '../../apps/web/features/stories/fixtures.ts'

/** What the fake API knows. Made anew for each test. */
export interface FakeState {
  overview: Overview
  nodes: NodeDetail['node'][]
  volumes: VolumeRow[]
}

export function newState(volumeCount?: number): FakeState {
  const many = Array.from({ length: volumeCount ?? 0 }, (_, n) =>
    fixtures.volume(`claim-${String(n).padStart(5, '0')}`, { sizeBytes: ((n * 7919) % 1000) * 2 ** 30 }),
  )
  return structuredClone({
    overview: fixtures.overview,
    nodes: fixtures.nodes,
    volumes: volumeCount === undefined ? fixtures.volumes : many,
  })
}

/** Applies a change as the control plane would have before telling of it. */
export function applyChange(state: FakeState, { resource, key, patch }: Change): void {
  if (resource === 'overview' && patch) {
    const counts = { ...state.overview.counts, ...(patch.counts as object) }
    Object.assign(state.overview, patch, { counts })
  }
  if (resource === 'nodes') change(state.nodes, (row) => row.name === key, patch)
  if (resource === 'volumes') change(state.volumes, (row) => row.key === key, patch)
}

function change<T extends object>(rows: T[], is: (row: T) => boolean, patch: Change['patch']): void {
  const index = rows.findIndex(is)
  if (patch === null) rows.splice(index, index < 0 ? 0 : 1)
  else if (index < 0) rows.push(patch as T)
  else Object.assign(rows[index]!, patch)
}

export function nodeDetail(state: FakeState, name: string): NodeDetail | null {
  const node = state.nodes.find((row) => row.name === name)
  if (!node) return null
  const volumes = state.volumes.filter((volume) => volume.node === name)
  return name === 'worker-1' ? { ...fixtures.nodeDetail, node, volumes } : { ...fixtures.bareNode, node, volumes }
}

export function volumeDetail(state: FakeState, key: string): VolumeDetail | null {
  const volume = state.volumes.find((row) => row.key === key)
  if (!volume) return null
  return { ...(volume.phase === 'Pending' ? fixtures.pendingVolume : fixtures.volumeDetail), volume }
}
