import type { Api } from '../api/api.ts'
import type { Pod } from '../kinds.ts'
import type { Log } from '../log.ts'
import type { Extender } from './extender.ts'
import { nodeFilters } from './node-filters.ts'
import { FitError, fitMessage, type NodeFilter, type Refusal } from './refusal.ts'
import { scoresOf } from './scores.ts'
import type { NodeInfo, Snapshot } from './snapshot.ts'
import type { StorageIndex } from './storage-index.ts'
import { claimsOf, type NodeVolumes, type PodClaims, volumeBinding, volumeLimits } from './volume-filter.ts'
import { EXTENDER } from './wake-ups.ts'

interface PlacementParts {
  api: Api
  log: Log
  snapshot: Snapshot
  index: StorageIndex
  extenders: readonly Extender[]
  /** Resources that an extender takes care of. */
  ignored: ReadonlySet<string>
  random: () => number
}

export interface Placed {
  node: NodeInfo
  volumes: NodeVolumes
  /** All claims have their volumes already. */
  allBound: boolean
}

const ENOUGH_NODES = 100

/** Chooses a node for a pod, and changes nothing. Source: `schedulePod` of kube-scheduler 1.36. */
export class Placement {
  readonly #parts: PlacementParts
  #start = 0

  constructor(parts: PlacementParts) {
    this.#parts = parts
  }

  /** Throws FitError when no node will do; any other error is a failure of an extender. */
  async choose(pod: Pod): Promise<Placed> {
    const { api, snapshot, index } = this.#parts
    const nodes = snapshot.nodes()
    if (nodes.length === 0) throw new FitError('no nodes available to schedule pods', ['NodeAffinity'])
    const refusals = new Map<string, Refusal>()
    const claims = claimsOf(api, pod)
    const everywhere = typeof claims === 'string' ? claims : notDone(pod)
    if (everywhere) throw new FitError(fitMessage(pod, nodes, refusals, everywhere), ['VolumeBinding'])
    const { filter, found } = volumeBinding(api, index, claims as PodClaims)
    const filters = [...nodeFilters(pod, this.#parts.ignored), ...volumeLimits(api, pod, snapshot), filter]
    const nominated = snapshot.find(pod.status?.nominatedNodeName ?? '')
    let fitting = nominated ? await this.#passing(pod, [nominated], filters, refusals).catch(() => []) : []
    if (fitting.length === 0) fitting = await this.#passing(pod, nodes, filters, refusals)
    if (fitting.length === 0) {
      const rejectors = new Set([...refusals.values()].map(({ plugin }) => plugin))
      throw new FitError(fitMessage(pod, nodes, refusals), rejectors.size === 0 ? [EXTENDER] : rejectors)
    }
    const node = fitting.length === 1 ? fitting[0]! : await this.#best(pod, fitting, found)
    return { node, volumes: found.get(node.name)!, allBound: (claims as PodClaims).waiting.length === 0 }
  }

  async #passing(
    pod: Pod,
    nodes: readonly NodeInfo[],
    filters: readonly NodeFilter[],
    refusals: Map<string, Refusal>,
  ): Promise<NodeInfo[]> {
    const wanted = nodesToFind(nodes.length)
    let passing: NodeInfo[] = []
    let seen = 0
    for (; seen < nodes.length && passing.length < wanted; seen++) {
      const info = nodes[(this.#start + seen) % nodes.length]!
      const refusal = firstRefusal(filters, info)
      if (refusal) refusals.set(info.name, refusal)
      else passing.push(info)
    }
    if (nodes.length > 1) this.#start = (this.#start + seen) % nodes.length
    for (const extender of this.#parts.extenders) {
      if (passing.length === 0) break
      if (!extender.isInterestedIn(pod)) continue
      try {
        const { nodes: left, failed, failedAndUnresolvable } = await extender.filter(pod, passing)
        const refuse = (reasons: Record<string, string>, unresolvable: boolean): void => {
          for (const [name, reason] of Object.entries(reasons))
            refusals.set(name, { plugin: EXTENDER, reasons: [reason], unresolvable })
        }
        const silently = passing.filter((info) => !left.includes(info))
        for (const { name } of silently) refusals.set(name, { plugin: EXTENDER, reasons: [], unresolvable: true })
        refuse(failed, false)
        refuse(failedAndUnresolvable, true)
        passing = left
      } catch (error) {
        if (!extender.ignorable) throw error
        this.#parts.log(`extender ${extender.url} is left out: ${(error as Error).message}`)
      }
    }
    return passing
  }

  async #best(pod: Pod, nodes: readonly NodeInfo[], found: ReadonlyMap<string, NodeVolumes>): Promise<NodeInfo> {
    const scores = scoresOf(pod, nodes, found)
    const asked = this.#parts.extenders.filter((extender) => extender.isInterestedIn(pod))
    const answers = await Promise.all(
      asked.map((extender) =>
        extender.prioritize(pod, [...nodes]).catch((error: Error) => {
          this.#parts.log(`extender ${extender.url} gives no scores: ${error.message}`)
          return new Map<string, number>()
        }),
      ),
    )
    let best: NodeInfo[] = []
    let highest = -Infinity
    for (const [index, info] of nodes.entries()) {
      const score = answers.reduce((sum, added) => sum + (added.get(info.name) ?? 0), scores[index]!)
      if (score > highest) best = []
      if (score >= highest) best.push(info)
      highest = Math.max(highest, score)
    }
    return best[Math.floor(this.#parts.random() * best.length)]!
  }
}

function firstRefusal(filters: readonly NodeFilter[], info: NodeInfo): Refusal | undefined {
  for (const filter of filters) {
    const refusal = filter(info)
    if (refusal) return refusal
  }
}

/** In a large cluster not all nodes are looked at: 50 % less 1 % for each 125 nodes, but 5 % and 100 nodes at least. */
function nodesToFind(count: number): number {
  if (count <= ENOUGH_NODES) return count
  const percentage = Math.max(50 - Math.floor(count / 125), 5)
  return Math.max(ENOUGH_NODES, Math.floor((count * percentage) / 100))
}

/** What a pod asks for that this scheduler can't keep to: better to leave it pending than to place it wrongly. */
function notDone({ spec: { affinity, topologySpreadConstraints = [] } }: Pod): string | undefined {
  if (affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.length)
    return 'the simulated scheduler does not do required pod affinity'
  if (affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.length)
    return 'the simulated scheduler does not do required pod anti-affinity'
  if (topologySpreadConstraints.some(({ whenUnsatisfiable }) => whenUnsatisfiable !== 'ScheduleAnyway'))
    return 'the simulated scheduler does not do topology spread constraints with DoNotSchedule'
}
