import type { Pod } from '../kinds.ts'
import type { NodeInfo } from './snapshot.ts'

/** Why a node, or the whole cluster, can't take a pod. */
export interface Refusal {
  /** The kube-scheduler plugin that refuses so; it decides which changes make the pod worth another look. */
  plugin: string
  reasons: string[]
  /** Taking other pods off the node would not help. */
  unresolvable: boolean
}

export type NodeFilter = (info: NodeInfo) => Refusal | undefined

/** No node takes the pod. The message is the one of kube-scheduler. */
export class FitError extends Error {
  override name = 'FitError'
  readonly rejectors: ReadonlySet<string>

  constructor(message: string, rejectors: Iterable<string>) {
    super(message)
    this.rejectors = new Set(rejectors)
  }
}

/**
 * `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) were unschedulable. preemption: 0/3 nodes are available: …`.
 * `everywhere` is a reason that holds before any node is looked at.
 * Source: `FitError.Error` and the DefaultPreemption plugin of kube-scheduler 1.36.
 */
export function fitMessage(
  pod: Pod,
  nodes: readonly NodeInfo[],
  refusals: ReadonlyMap<string, Refusal>,
  everywhere?: string,
): string {
  const reasons = new Map<string, number>()
  for (const refusal of refusals.values()) {
    for (const reason of refusal.reasons) reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
  }
  const why = everywhere ?? histogram(reasons)
  return `0/${nodes.length} nodes are available:${why && ` ${why}.`} ${preemptionMessage(pod, nodes, refusals)}`
}

function preemptionMessage(pod: Pod, nodes: readonly NodeInfo[], refusals: ReadonlyMap<string, Refusal>): string {
  if (pod.spec.preemptionPolicy === 'Never') return 'preemption: not eligible due to preemptionPolicy=Never.'
  const candidates = nodes.filter(({ name }) => refusals.get(name)?.unresolvable === false)
  const { priority = 0 } = pod.spec
  if (candidates.some(({ pods }) => [...pods.values()].some((other) => (other.spec.priority ?? 0) < priority)))
    return 'preemption: the simulated scheduler does not take other pods off their nodes.'
  const why = histogram(
    new Map([
      ['No preemption victims found for incoming pod', candidates.length],
      ['Preemption is not helpful for scheduling', nodes.length - candidates.length],
    ]),
  )
  return `preemption: 0/${nodes.length} nodes are available: ${why}.`
}

function histogram(reasons: ReadonlyMap<string, number>): string {
  return [...reasons]
    .filter(([, count]) => count > 0)
    .map(([reason, count]) => `${count} ${reason}`)
    .sort()
    .join(', ')
}
