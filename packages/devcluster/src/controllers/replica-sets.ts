import type { Api } from '../api/api.ts'
import { keyOf } from '../api/object.ts'
import type { Pod } from '../kinds.ts'
import type { Log } from '../log.ts'
import type { ReplicaSet } from '../rules/workloads.ts'
import { type Controller, KeyQueue } from './controller.ts'
import { adopt, controllerKey, createPod, deletePod, isActive, isReady, ownedBy } from './pod-control.ts'

export const REPLICA_SETS = 'replicasets.apps'
const COMPONENT = 'replicaset-controller'
const RETRY_MS = 5_000

/** Keeps as many pods of a template as were asked for. */
export class ReplicaSets implements Controller {
  readonly #api: Api
  readonly #queue: KeyQueue
  #stops: (() => void)[] = []

  constructor(api: Api, log: Log) {
    this.#api = api
    this.#queue = new KeyQueue(log, (key) => this.#sync(key))
  }

  start(): void {
    this.#stops = [
      this.#api.watch<ReplicaSet>(REPLICA_SETS, ({ object }) => this.#queue.add(keyOf(object))),
      this.#api.watch<Pod>('pods', ({ object, previous }) => {
        for (const pod of [object, previous]) {
          const key = pod && controllerKey(pod, 'ReplicaSet')
          if (key) this.#queue.add(key)
        }
      }),
    ]
  }

  stop(): Promise<void> {
    for (const stop of this.#stops) stop()
    return this.#queue.stop()
  }

  #sync(key: string): void {
    const [namespace, name = ''] = key.split('/')
    const set = this.#api.get<ReplicaSet>(REPLICA_SETS, namespace, name)
    if (!set) return
    if (!set.metadata.deletionTimestamp) {
      adopt(this.#api, 'pods', set, set.spec.selector)
      this.#fill(set)
    }
    this.#writeStatus(set)
  }

  #fill(set: ReplicaSet): void {
    const active = ownedBy<Pod>(this.#api, 'pods', set).filter(isActive)
    const wanted = set.spec.replicas ?? 1
    for (let count = active.length; count < wanted; count++) {
      if (createPod(this.#api, set, set.spec.template, { component: COMPONENT })) continue
      this.#queue.addAfter(keyOf(set), RETRY_MS)
      break
    }
    // Those that do the least go first: without a node, then not ready, then the youngest.
    const rank = (pod: Pod): number => (pod.spec.nodeName ? 2 : 0) + (isReady(pod) ? 1 : 0)
    const young = (a: Pod, b: Pod): number => (a.metadata.creationTimestamp < b.metadata.creationTimestamp ? 1 : -1)
    const order = active.toSorted((a, b) => rank(a) - rank(b) || young(a, b))
    for (const pod of order.slice(0, Math.max(0, active.length - wanted))) deletePod(this.#api, set, pod, COMPONENT)
  }

  #writeStatus(set: ReplicaSet): void {
    const { namespace, name, generation } = set.metadata
    const active = ownedBy<Pod>(this.#api, 'pods', set).filter(isActive)
    const ready = active.filter(isReady).length
    const status = {
      replicas: active.length,
      fullyLabeledReplicas: active.length || null,
      readyReplicas: ready || null,
      availableReplicas: ready || null,
      observedGeneration: generation,
    }
    if (this.#api.get(REPLICA_SETS, namespace, name))
      this.#api.patch(REPLICA_SETS, namespace, name, { status }, 'status')
  }
}
