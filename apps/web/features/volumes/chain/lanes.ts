import type { ChainLink } from '@open-local/shared/api'

type Kind = ChainLink['kind']

export interface ChainStep {
  kind: Kind
  /** Several pods, disks or mounts stand in one step; none: the step has not happened, or nobody needs it. */
  links: ChainLink[]
}

export interface ChainLane {
  /** Kubernetes knows these objects; the node holds those. */
  lane: 'kubernetes' | 'node'
  steps: ChainStep[]
}

const lanes: Record<ChainLane['lane'], readonly Kind[]> = {
  kubernetes: ['Pod', 'PersistentVolumeClaim', 'PersistentVolume', 'NodeLocalVolume'],
  node: ['LogicalVolume', 'Pool', 'Device', 'Mount'],
}

/** The chain from pod to disk in two lanes. Each step stands in its place even while it is empty. */
export function chainLanes(chain: readonly ChainLink[]): ChainLane[] {
  return (['kubernetes', 'node'] as const).map((lane) => ({
    lane,
    steps: lanes[lane].map((kind) => ({ kind, links: chain.filter((link) => link.kind === kind) })),
  }))
}
