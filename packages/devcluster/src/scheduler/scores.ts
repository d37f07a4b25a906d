import type { Pod } from '../kinds.ts'
import { tolerates } from './node-filters.ts'
import { matchesTerm } from './node-selector.ts'
import { requestsOf } from './pod-needs.ts'
import type { NodeInfo } from './snapshot.ts'
import { type NodeVolumes, staticUse } from './volume-filter.ts'

const MOST = 100

/**
 * One sum for each node: taints to avoid (weight 3), preferred node affinity (2), least allocated (1) and static volumes
 * that are used up best (1), each 0..100. The real scheduler also weighs balance of resources, images and spreading.
 */
export function scoresOf(pod: Pod, nodes: readonly NodeInfo[], volumes: ReadonlyMap<string, NodeVolumes>): number[] {
  const taints = nodes.map(({ node }) => taintsToAvoid(pod, node.spec?.taints ?? []))
  const mostTaints = Math.max(...taints)
  const terms = pod.spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []
  const affinity = nodes.map(({ node }) =>
    terms.reduce((sum, { weight, preference }) => sum + (matchesTerm(preference, node) ? weight : 0), 0),
  )
  const mostAffinity = Math.max(...affinity)
  const usual = requestsOf(pod, true)
  return nodes.map((info, index) => {
    const avoid = mostTaints === 0 ? MOST : MOST - Math.floor((taints[index]! * MOST) / mostTaints)
    const prefer = mostAffinity === 0 ? 0 : Math.floor((affinity[index]! * MOST) / mostAffinity)
    const found = volumes.get(info.name)
    return 3 * avoid + 2 * prefer + leastAllocated(info, usual) + (found ? staticUse(found) : 0)
  })
}

function taintsToAvoid({ spec }: Pod, taints: NonNullable<NonNullable<NodeInfo['node']['spec']>['taints']>): number {
  return taints.filter((taint) => taint.effect === 'PreferNoSchedule' && !tolerates(spec.tolerations, taint)).length
}

function leastAllocated({ allocatable, usual }: NodeInfo, wanted: ReadonlyMap<string, bigint>): number {
  const free = ['cpu', 'memory'].flatMap((name) => {
    const room = allocatable.get(name) ?? 0n
    if (room === 0n) return []
    const left = room - (usual.get(name) ?? 0n) - (wanted.get(name) ?? 0n)
    return left < 0n ? 0 : Number((left * BigInt(MOST)) / room)
  })
  return free.length === 0 ? 0 : Math.floor(free.reduce((sum, part) => sum + part) / free.length)
}
