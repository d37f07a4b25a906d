import type { Pod, Taint, Toleration } from '../kinds.ts'
import { matchesNodeSelector } from './node-selector.ts'
import { hostPortsOf, requestsOf } from './pod-needs.ts'
import type { NodeFilter, Refusal } from './refusal.ts'
import type { NodeInfo } from './snapshot.ts'

/**
 * The filters of kube-scheduler that look at node and pod alone, in its order. `ignored` are resources that an extender
 * manages.
 */
export function nodeFilters(pod: Pod, ignored: ReadonlySet<string>): NodeFilter[] {
  return [unschedulable(pod), untoleratedTaints(pod), nodeAffinity(pod), hostPorts(pod), resources(pod, ignored)]
}

function refuse(plugin: string, ...reasons: string[]): Refusal {
  return { plugin, reasons, unresolvable: true }
}

const CORDONED: Taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }

function unschedulable({ spec }: Pod): NodeFilter {
  const tolerated = tolerates(spec.tolerations, CORDONED)
  return ({ node }) => {
    if (node.spec?.unschedulable && !tolerated) return refuse('NodeUnschedulable', 'node(s) were unschedulable')
  }
}

function untoleratedTaints({ spec }: Pod): NodeFilter {
  return ({ node }) => {
    const taint = node.spec?.taints?.find((t) => t.effect !== 'PreferNoSchedule' && !tolerates(spec.tolerations, t))
    if (taint) return refuse('TaintToleration', 'node(s) had untolerated taint(s)')
  }
}

function nodeAffinity({ spec }: Pod): NodeFilter {
  const labels = Object.entries(spec.nodeSelector ?? {})
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  return ({ node }) => {
    if (labels.every(([key, value]) => node.metadata.labels?.[key] === value)) {
      if (!required || matchesNodeSelector(required, node)) return undefined
    }
    return refuse('NodeAffinity', "node(s) didn't match Pod's node affinity/selector")
  }
}

function hostPorts(pod: Pod): NodeFilter {
  const wanted = hostPortsOf(pod)
  const any = '0.0.0.0'
  return ({ ports }) => {
    const conflict = wanted.some((mine) =>
      ports.some(
        ({ port, protocol, ip }) =>
          port === mine.port && protocol === mine.protocol && (ip === mine.ip || ip === any || mine.ip === any),
      ),
    )
    if (!conflict) return undefined
    return {
      plugin: 'NodePorts',
      reasons: ["node(s) didn't have free ports for the requested pod ports"],
      unresolvable: false,
    }
  }
}

function resources(pod: Pod, ignored: ReadonlySet<string>): NodeFilter {
  const wanted = [...requestsOf(pod)].filter(([name, amount]) => amount > 0n && !ignored.has(name))
  return (info: NodeInfo) => {
    const reasons: string[] = []
    let unresolvable = false
    const { allocatable, requested, pods } = info
    if (BigInt(pods.size) >= (allocatable.get('pods') ?? 0n)) reasons.push('Too many pods')
    for (const [name, amount] of wanted) {
      const room = allocatable.get(name) ?? 0n
      if (amount <= room - (requested.get(name) ?? 0n)) continue
      reasons.push(`Insufficient ${name}`)
      unresolvable ||= amount > room
    }
    if (reasons.length > 0) return { plugin: 'NodeResourcesFit', reasons, unresolvable }
  }
}

/** `Lt` and `Gt` tolerate nothing: they are behind a feature gate that is off. */
export function tolerates(tolerations: readonly Toleration[] | undefined, taint: Taint): boolean {
  return (tolerations ?? []).some(
    ({ key, operator, value = '', effect }) =>
      (!effect || effect === taint.effect) &&
      (!key || key === taint.key) &&
      (operator === 'Exists' || ((operator ?? 'Equal') === 'Equal' && value === (taint.value ?? ''))),
  )
}
