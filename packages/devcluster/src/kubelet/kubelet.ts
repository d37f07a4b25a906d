import { mkdir } from 'node:fs/promises'
import type { Api } from '../api/api.ts'
import { StatusError } from '../api/status-error.ts'
import { type Controller, KeyQueue } from '../controllers/controller.ts'
import type { Node, Pod } from '../kinds.ts'
import type { Log } from '../log.ts'
import { type NodeOptions, newBootId, renewLease, writeNode } from './node-object.ts'
import { Plugins } from './plugins.ts'
import { runningStatus, waitingStatus } from './pod-status.ts'
import type { PodsByNode } from './pods-by-node.ts'
import { MountError, Volumes } from './volumes.ts'

export interface KubeletOptions extends NodeOptions {
  api: Api
  log: Log
  /** Absolute: plugins register and volumes are mounted below it. */
  dir: string
  pods: PodsByNode
  clock?: () => Date
}

const LEASE_S = 120
const HEARTBEAT_MS = 40_000
const FIRST_RETRY_MS = 500
const LONGEST_RETRY_MS = 122_000

/**
 * One node: its Node object and Lease, the CSI drivers that register there, and its pods, whose volumes are set up and
 * taken down as the kubelet does it. Containers are only said to run.
 */
export class Kubelet implements Controller {
  readonly #options: KubeletOptions
  readonly #api: Api
  readonly #plugins: Plugins
  readonly #queue: KeyQueue
  readonly #retries = new Map<string, number>()
  readonly #clock: () => Date
  readonly #restarts = new Map<string, number>()
  readonly volumes: Volumes
  #node: Node | undefined
  #heartbeat: NodeJS.Timeout | undefined
  #unlisten = () => {}
  #stopped = false

  constructor(options: KubeletOptions) {
    const { api, log, name, dir, clock = () => new Date() } = options
    this.#options = options
    this.#api = api
    this.#clock = clock
    this.#plugins = new Plugins({ api, log, node: name, dir, onChange: () => this.#syncAll() })
    this.volumes = new Volumes(api, dir, this.#plugins)
    this.#queue = new KeyQueue(log, (uid) => this.#sync(uid))
  }

  get name(): string {
    return this.#options.name
  }

  start(): void {
    const { name, pods } = this.#options
    this.#node = writeNode(this.#api, this.#options, this.#now(), newBootId())
    this.#beat()
    this.#heartbeat = setInterval(() => this.#beat(), HEARTBEAT_MS)
    this.#unlisten = pods.listen(name, ({ object }) => {
      // A pod that changed is worth trying at once.
      this.#retries.delete(object.metadata.uid)
      this.#queue.add(object.metadata.uid)
    })
    void mkdir(this.#options.dir, { recursive: true })
      .then(() => this.#plugins.start())
      .catch((error: Error) => this.#options.log(`${name}: ${error.message}`))
    this.#syncAll()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearInterval(this.#heartbeat)
    this.#unlisten()
    await this.#plugins.stop()
    await this.#queue.stop()
  }

  /** As after a power cut: nothing is mounted, and every pod's containers start again. */
  reboot(): void {
    this.volumes.forgetMounts()
    this.#node = writeNode(this.#api, this.#options, this.#now(), newBootId())
    for (const pod of this.#options.pods.of(this.#options.name)) {
      this.#restarts.set(pod.metadata.uid, (this.#restarts.get(pod.metadata.uid) ?? 0) + 1)
      this.#writeStatus(pod, waitingStatus(pod))
    }
    this.#syncAll()
  }

  #now(): string {
    return `${this.#clock().toISOString().slice(0, 19)}Z`
  }

  #beat(): void {
    try {
      if (this.#node) renewLease(this.#api, this.#node, this.#clock(), LEASE_S)
    } catch (error) {
      this.#options.log(`${this.#options.name}: ${(error as Error).message}`)
    }
  }

  #syncAll(): void {
    const { pods, name } = this.#options
    this.#retries.clear()
    for (const uid of [...pods.of(name).map((pod) => pod.metadata.uid), ...this.volumes.users()]) this.#queue.add(uid)
  }

  async #sync(uid: string): Promise<void> {
    const pod = this.#options.pods.find(this.#options.name, uid)
    try {
      if (!pod || isFinished(pod)) await this.volumes.tearDown(uid)
      else if (pod.metadata.deletionTimestamp) await this.#end(pod)
      else await this.#run(pod)
      if (pod && isFinished(pod) && pod.metadata.deletionTimestamp) this.#remove(pod)
      this.#retries.delete(uid)
    } catch (error) {
      if (!(error instanceof MountError)) throw error
      if (this.#stopped) return
      if (pod) this.#say(pod, 'Warning', 'FailedMount', error.message)
      const retry = this.#retries.get(uid) ?? 0
      this.#retries.set(uid, retry + 1)
      this.#queue.addAfter(uid, Math.min(FIRST_RETRY_MS * 2 ** retry, LONGEST_RETRY_MS))
    }
  }

  async #run(pod: Pod): Promise<void> {
    if (pod.status?.phase === 'Running' && !this.#isWaiting(pod)) return
    if (!pod.status?.containerStatuses) this.#writeStatus(pod, waitingStatus(pod))
    await this.volumes.setUp(pod)
    for (const { name } of pod.spec.containers) {
      this.#say(pod, 'Normal', 'Created', `Container ${name} is simulated: nothing runs in it`)
      this.#say(pod, 'Normal', 'Started', `Container ${name} counts as started`)
    }
    const restarts = this.#restarts.get(pod.metadata.uid) ?? 0
    this.#writeStatus(pod, runningStatus(pod, this.#now(), restarts))
  }

  #isWaiting(pod: Pod): boolean {
    return pod.status?.containerStatuses?.some(({ state }) => state.waiting !== undefined) ?? true
  }

  async #end(pod: Pod): Promise<void> {
    for (const { name } of pod.spec.containers) this.#say(pod, 'Normal', 'Killing', `Stopping container ${name}`)
    await this.volumes.tearDown(pod.metadata.uid)
    this.#remove(pod)
  }

  #remove({ metadata }: Pod): void {
    try {
      this.#api.delete('pods', metadata.namespace, metadata.name, { uid: metadata.uid, gracePeriodSeconds: 0 })
    } catch (error) {
      if (!(error instanceof StatusError) || (error.code !== 404 && error.code !== 409)) throw error
    }
  }

  #writeStatus({ metadata }: Pod, status: object): void {
    const { namespace, name, uid } = metadata
    if (this.#api.get('pods', namespace, name)?.metadata.uid !== uid) return
    this.#api.patch('pods', namespace, name, { status }, 'status')
  }

  #say(pod: Pod, type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#api.event(pod, { type, reason, message, component: 'kubelet', host: this.#options.name })
  }
}

function isFinished({ status }: Pod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed'
}
