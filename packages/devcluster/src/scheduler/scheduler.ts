import { setImmediate as yieldToOthers } from 'node:timers/promises'
import type { Api, Change } from '../api/api.ts'
import { sameJson } from '../api/json.ts'
import { keyOf } from '../api/object.ts'
import type { Controller } from '../controllers/controller.ts'
import { CLAIMS, VOLUMES } from '../controllers/volume-binder.ts'
import type { Claim, Condition, CsiStorageCapacity, Node, Pod, Volume } from '../kinds.ts'
import type { Log } from '../log.ts'
import { Extender } from './extender.ts'
import { checkExtenders, type ExtenderConfig } from './extender-config.ts'
import { type Placed, Placement } from './placement.ts'
import { isFinished } from './pod-needs.ts'
import { FitError } from './refusal.ts'
import { type QueuedPod, SchedulingQueue } from './scheduling-queue.ts'
import { Snapshot } from './snapshot.ts'
import { StorageIndex } from './storage-index.ts'
import { VolumeBindings } from './volume-bindings.ts'
import { CAPACITIES, podLeft, podPlaced, watchForWakes } from './wake-ups.ts'

export interface SchedulerOptions {
  api: Api
  log: Log
  /** As in a KubeSchedulerConfiguration. */
  extenders?: readonly ExtenderConfig[]
  name?: string
  /** Decides between nodes of the same score: 0 up to but not 1. */
  random?: () => number
  /** How long claims may take to be bound. */
  bindTimeoutMs?: number
}

const BIND_TIMEOUT_MS = 600_000
const LONGEST_NOTE = 1024
/** The real one's events become a series whose count is written much later. */
const SAME_EVENT_TIMES = 2

/**
 * Gives pods their nodes, as kube-scheduler 1.36 with its default plugins does, in its words. One pod is placed at a time
 * and counted on its node at once; waiting for volumes and binding go on beside. It never preempts, and it leaves pods
 * pending that require inter-pod affinity or topology spread, saying so.
 */
export class Scheduler implements Controller {
  readonly #api: Api
  readonly #log: Log
  readonly #name: string
  readonly #snapshot = new Snapshot()
  readonly #index = new StorageIndex()
  readonly #queue = new SchedulingQueue()
  readonly #bindings: VolumeBindings
  readonly #extenders: Extender[]
  readonly #placement: Placement
  readonly #stopping = new AbortController()
  readonly #binding = new Set<Promise<void>>()
  #running: Promise<void> | undefined
  #stops: (() => void)[] = []

  /** Throws when an extender is configured in a way that kube-scheduler would refuse. */
  constructor(options: SchedulerOptions) {
    const { api, log, extenders = [], name = 'default-scheduler', random = Math.random } = options
    checkExtenders(extenders)
    this.#api = api
    this.#log = log
    this.#name = name
    this.#bindings = new VolumeBindings(api, options.bindTimeoutMs ?? BIND_TIMEOUT_MS)
    this.#extenders = extenders.map((config) => new Extender(config))
    const managed = extenders.flatMap(({ managedResources = [] }) => managedResources)
    const ignored = new Set(managed.flatMap((resource) => (resource.ignoredByScheduler ? resource.name : [])))
    const [snapshot, index] = [this.#snapshot, this.#index]
    this.#placement = new Placement({ api, log, snapshot, index, extenders: this.#extenders, ignored, random })
  }

  start(): void {
    this.#stops = [
      this.#api.watch<Node>('nodes', ({ type, object }) => {
        if (type === 'DELETED') this.#snapshot.removeNode(object.metadata.name)
        else this.#snapshot.setNode(object)
      }),
      this.#api.watch<Volume>(VOLUMES, ({ type, object }) => {
        this.#index.setVolume(object, type === 'DELETED')
        const { claimRef } = object.spec
        if (claimRef) this.#bindings.changed(`claim ${claimRef.namespace}/${claimRef.name}`)
      }),
      this.#api.watch<Claim>(CLAIMS, ({ object }) => this.#bindings.changed(`claim ${keyOf(object)}`)),
      this.#api.watch<CsiStorageCapacity>(CAPACITIES, ({ type, object }) =>
        this.#index.setCapacity(object, type === 'DELETED'),
      ),
      this.#api.watch<Pod>('pods', (change) => this.#onPod(change)),
      watchForWakes(this.#api, (wake) => this.#queue.wake(wake)),
    ]
    this.#running = this.#run()
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops) stop()
    this.#stopping.abort()
    this.#queue.close()
    for (const extender of this.#extenders) extender.close()
    await this.#running
    await Promise.all(this.#binding)
  }

  #onPod({ type, object: pod, previous }: Change<Pod>): void {
    const { uid } = pod.metadata
    if (type === 'DELETED' || isFinished(pod)) {
      this.#queue.remove(uid)
      if (pod.spec.nodeName) {
        this.#snapshot.removePod(uid)
        this.#queue.wake(podLeft)
      }
      this.#bindings.changed(`pod ${keyOf(pod)}`)
    } else if (pod.spec.nodeName) {
      this.#queue.remove(uid)
      this.#snapshot.setPod(pod)
      if (!previous?.spec.nodeName) this.#queue.wake(podPlaced)
    } else if (this.#isMine(pod)) this.#queue.put(pod, previous !== undefined && changedItself(previous, pod))
  }

  #isMine({ metadata, spec }: Pod): boolean {
    const gated = (spec.schedulingGates ?? []).length > 0
    return (
      (spec.schedulerName ?? 'default-scheduler') === this.#name && !gated && !this.#snapshot.isAssumed(metadata.uid)
    )
  }

  async #run(): Promise<void> {
    for (let entry = await this.#queue.pop(); entry; entry = await this.#queue.pop()) {
      try {
        await this.#schedule(entry)
      } catch (error) {
        this.#log(`${keyOf(entry.pod)}: ${(error as Error).message}`)
      }
      await yieldToOthers()
    }
  }

  async #schedule(entry: QueuedPod): Promise<void> {
    const { pod } = entry
    if (pod.metadata.deletionTimestamp) {
      this.#queue.remove(pod.metadata.uid)
      return this.#warn(pod, `skip schedule deleting pod: ${keyOf(pod)}`)
    }
    let placed: Placed
    try {
      placed = await this.#placement.choose(pod)
    } catch (error) {
      if (this.#queue.holds(entry) && !this.#stopping.signal.aborted) this.#fail(entry, error as Error)
      return
    }
    if (!this.#queue.holds(entry) || this.#stopping.signal.aborted) return
    this.#snapshot.assume(pod, placed.node.name)
    this.#queue.remove(pod.metadata.uid)
    const binding = this.#bind(entry, placed).finally(() => this.#binding.delete(binding))
    this.#binding.add(binding)
  }

  async #bind(entry: QueuedPod, { node, volumes, allBound }: Placed): Promise<void> {
    const { pod } = entry
    const { uid } = pod.metadata
    try {
      if (!allBound) {
        await during('running PreBind plugin "VolumeBinding"', async () => {
          this.#bindings.write(volumes, node.name)
          this.#patchStatus(pod, { nominatedNodeName: node.name })
          await this.#bindings.wait(pod, volumes, node.name, this.#stopping.signal)
        })
      }
      if (!(await this.#bindByExtender(pod, node.name)))
        await during('running Bind plugin "DefaultBinder"', async () => this.#bindByDefault(pod, node.name))
      const message = `Successfully assigned ${keyOf(pod)} to ${node.name}`
      this.#api.event(pod, { type: 'Normal', reason: 'Scheduled', message, component: this.#name })
    } catch (error) {
      this.#snapshot.forget(uid)
      if (this.#stopping.signal.aborted) return
      this.#queue.wake(podLeft)
      this.#fail(entry, error as Error)
    }
  }

  async #bindByExtender(pod: Pod, nodeName: string): Promise<boolean> {
    for (const extender of this.#extenders) {
      if (!extender.isBinder || !extender.isInterestedIn(pod)) continue
      try {
        await extender.bind(pod, nodeName)
        return true
      } catch (error) {
        if (!extender.ignorable) throw error
        this.#log(`extender ${extender.url} does not bind ${keyOf(pod)}: ${(error as Error).message}`)
      }
    }
    return false
  }

  /** What POST of a Binding does. */
  #bindByDefault({ metadata }: Pod, nodeName: string): void {
    const { namespace, name, uid } = metadata
    const pod = this.#api.get<Pod>('pods', namespace, name)
    const conflict = `Operation cannot be fulfilled on pods/binding "${name}": pod ${name} is`
    if (pod?.metadata.deletionTimestamp) throw new Error(`${conflict} being deleted, cannot be assigned to a host`)
    if (pod?.spec.nodeName) throw new Error(`${conflict} already assigned to node "${pod.spec.nodeName}"`)
    const bound = this.#api.patch<Pod>('pods', namespace, name, { metadata: { uid }, spec: { nodeName } })
    const conditions = withCondition(bound, { type: 'PodScheduled', status: 'True' })
    this.#patchStatus(bound, { nominatedNodeName: null, conditions })
  }

  /** Puts the pod back and says why, unless it is gone, another one by now, or has a node. */
  #fail(entry: QueuedPod, error: Error): void {
    const { namespace, name, uid } = entry.pod.metadata
    const pod = this.#api.get<Pod>('pods', namespace, name)
    if (pod?.metadata.uid !== uid || pod.spec.nodeName) return
    const refused = error instanceof FitError
    if (!refused) this.#log(`${keyOf(pod)}: ${error.message}`)
    this.#queue.failed(entry, pod, refused ? error.rejectors : new Set())
    const { message, times } = entry.said
    entry.said = { message: error.message, times: message === error.message ? times + 1 : 1 }
    if (entry.said.times <= SAME_EVENT_TIMES) this.#warn(pod, error.message)
    const reason = refused ? 'Unschedulable' : 'SchedulerError'
    const conditions = withCondition(pod, { type: 'PodScheduled', status: 'False', reason, message: error.message })
    this.#patchStatus(pod, { nominatedNodeName: null, conditions })
  }

  #warn(pod: Pod, text: string): void {
    const message = text.length <= LONGEST_NOTE ? text : `${text.slice(0, LONGEST_NOTE - 4)} ...`
    this.#api.event(pod, { type: 'Warning', reason: 'FailedScheduling', message, component: this.#name })
  }

  /** The pod may go at any time: that is no failure of what was to be said of it. */
  #patchStatus({ metadata: { namespace, name, uid } }: Pod, status: object): void {
    try {
      this.#api.patch('pods', namespace, name, { metadata: { uid }, status }, 'status')
    } catch (error) {
      this.#log(`${namespace}/${name}: status not written: ${(error as Error).message}`)
    }
  }
}

/** All conditions, with this one new or changed; the time is that of its last change of status. */
function withCondition({ status }: Pod, condition: Condition): Condition[] {
  const all = status?.conditions ?? []
  const old = all.find(({ type }) => type === condition.type)
  const now = `${new Date().toISOString().slice(0, 19)}Z`
  const lastTransitionTime = old?.status === condition.status ? old.lastTransitionTime : now
  const made = { lastProbeTime: null, lastTransitionTime, ...condition }
  return old ? all.map((other) => (other === old ? made : other)) : [...all, made]
}

/** What is written of its status makes a pod no easier to place. */
function changedItself(before: Pod, now: Pod): boolean {
  return !sameJson([before.spec, before.metadata.labels], [now.spec, now.metadata.labels])
}

async function during(what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    throw new Error(`${what}: ${(error as Error).message}`)
  }
}
