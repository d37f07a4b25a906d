import { isNotFound, type KubeClient, type Log, mergePatchOf, Reflector, type ResourceType } from '@open-local/kube'
import { messageOf, type NodeLocalStorage, type NodeLocalStorageStatus, nodeLocalStorages } from '@open-local/shared'
import { initializedCondition } from '../disk-init/condition.ts'
import type { InitResult } from '../disk-init/initialise.ts'
import { discover } from './discover.ts'
import { ProbeCache, type SnapshotOptions, takeSnapshot } from './take-snapshot.ts'

export const storageType: ResourceType<NodeLocalStorage> = nodeLocalStorages

export interface DiscoveryOptions extends SnapshotOptions {
  client: KubeClient
  nodeName: string
  log: Log
  /** Makes what the spec asks for; see `disk-init/`. */
  initialise: (storage: NodeLocalStorage) => Promise<InitResult>
}

const COALESCE_MS = 200
const HEARTBEAT_MS = 50_000
/** Where the kernel's events can't be heard, its list of devices still is read this often. */
const POLL_MS = 60_000
/** LVM itself is asked this often, whatever the hints say. */
const SLOW_POLL_MS = 300_000

/**
 * Keeps the NodeLocalStorage status true: written once for each change, bursts together, and its heartbeat before it
 * is a minute old. Disks that come, go or change are told by the kernel's events.
 */
export class DiscoveryController {
  readonly #options: DiscoveryOptions
  readonly #reflector: Reflector<NodeLocalStorage>
  readonly #probes = new ProbeCache()
  readonly #timers: NodeJS.Timeout[] = []
  #coalescing: NodeJS.Timeout | undefined
  #deviceEvents: NodeJS.Timeout | undefined
  #unwatch = () => {}
  #running: Promise<void> | undefined
  #again = false
  #stopped = false
  #fingerprint: string | undefined
  #written: NodeLocalStorage | undefined
  #initialisedGeneration: number | undefined
  /** Undefined until the first try of this process has ended. */
  #init: InitResult | undefined
  #initialising: Promise<void> | undefined

  constructor(options: DiscoveryOptions) {
    this.#options = options
    const { client, nodeName, log } = options
    this.#reflector = new Reflector(client, storageType, { fieldSelector: `metadata.name=${nodeName}`, log })
  }

  start(): void {
    const { host, log } = this.#options
    this.#reflector.addHandlers({
      onAdd: () => this.changed(),
      onUpdate: (old, now) => {
        const annotated = JSON.stringify(old.metadata.annotations) !== JSON.stringify(now.metadata.annotations)
        if (annotated || old.metadata.generation !== now.metadata.generation) this.changed()
      },
    })
    this.#reflector.start()
    const every = (ms: number, work: () => Promise<void> | void) => {
      const timer = setInterval(() => {
        Promise.resolve()
          .then(work)
          .catch((error) => log.warn({ err: error }, `discovery: ${messageOf(error)}`))
      }, ms)
      this.#timers.push(timer)
    }
    every(HEARTBEAT_MS, () => this.#run())
    every(POLL_MS, () => this.#compareDevices())
    every(SLOW_POLL_MS, () => this.#devicesChanged())
    this.#unwatch = host.watchDevices((path) => this.#onDeviceEvent(path))
  }

  /** A disk brings a burst of events, its partitions' among them. */
  #onDeviceEvent(path: string | undefined): void {
    if (this.#stopped) return
    if (path !== undefined) this.#probes.forget(path)
    this.#deviceEvents ??= setTimeout(() => {
      this.#deviceEvents = undefined
      this.#compareDevices()
        // Also with the same devices: what is on one may be new.
        .then(() => this.changed())
        .catch((error) => this.#options.log.warn({ err: error }, `discovery: ${messageOf(error)}`))
    }, COALESCE_MS)
  }

  async #compareDevices(): Promise<void> {
    const fingerprint = await this.#options.host.devices.fingerprint()
    const before = this.#fingerprint
    this.#fingerprint = fingerprint
    if (before !== undefined && before !== fingerprint) await this.#devicesChanged()
  }

  /** Something of what is reported may have changed. */
  changed(): void {
    if (this.#stopped) return
    this.#coalescing ??= setTimeout(() => {
      this.#coalescing = undefined
      void this.#run()
    }, COALESCE_MS)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#unwatch()
    clearTimeout(this.#coalescing)
    clearTimeout(this.#deviceEvents)
    for (const timer of this.#timers) clearInterval(timer)
    await this.#reflector.stop()
    await this.#running
    await this.#initialising
  }

  /** Our own volumes come and go as devices too; LVM's own copies tell of those without asking it. */
  async #devicesChanged(): Promise<void> {
    const { picture, host, log } = this.#options
    this.#probes.forget()
    // A failing disk must not stop the report of the others.
    await picture.refresh().catch((error) => log.warn({ err: error }, `LVM does not answer: ${messageOf(error)}`))
    this.#fingerprint = await host.devices.fingerprint()
    this.#initialisedGeneration = undefined
    this.changed()
  }

  async #run(): Promise<void> {
    if (this.#running) {
      this.#again = true
      return
    }
    this.#running = this.#reconcile()
      .catch((error) => this.#options.log.warn({ err: error }, `discovery: ${messageOf(error)}`))
      .finally(() => {
        this.#running = undefined
        if (this.#again && !this.#stopped) {
          this.#again = false
          void this.#run()
        }
      })
    await this.#running
  }

  async #reconcile(): Promise<void> {
    const storage = this.#current()
    if (!storage) return
    this.#startInitialising(storage)
    const now = new Date()
    const snapshot = await takeSnapshot(this.#options, this.#probes)
    const status = initializedCondition(discover(snapshot, storage, now), this.#init, now)
    await this.#write(storage, status)
  }

  /** Beside the report, not before it: a disk that hangs must not silence the node. */
  #startInitialising(storage: NodeLocalStorage): void {
    const { generation } = storage.metadata
    const due = this.#initialisedGeneration !== generation || this.#init?.kind === 'failed'
    if (this.#initialising || this.#stopped || !due) return
    this.#initialising = this.#options
      .initialise(storage)
      .then((result) => {
        if (result.kind === 'done' && result.changed) this.#probes.forget()
        // A try that failed is repeated with the next report, which is not hurried by its own failure.
        const told = JSON.stringify(result) === JSON.stringify(this.#init)
        this.#init = result
        this.#initialisedGeneration = generation
        if (!told) this.changed()
      })
      .catch((error) => this.#options.log.warn({ err: error }, `disk initialisation: ${messageOf(error)}`))
      .finally(() => {
        this.#initialising = undefined
      })
  }

  async #write(storage: NodeLocalStorage, status: NodeLocalStorageStatus): Promise<void> {
    const patch = mergePatchOf(storage.status ?? {}, status)
    if (!patch) return
    const { name, uid } = storage.metadata
    try {
      const body = { metadata: { uid }, status: patch }
      this.#written = await this.#options.client.patch(storageType, name, body, { subresource: 'status' })
    } catch (error) {
      this.#written = undefined
      if (!isNotFound(error)) throw error
    }
  }

  /** The object as the watch shows it, or as we wrote it where the watch has not told of that yet. */
  #current(): NodeLocalStorage | undefined {
    const seen = this.#reflector.store.get(this.#options.nodeName)
    const written = this.#written
    if (!seen || !written || seen.metadata.uid !== written.metadata.uid) return seen
    const version = (o: NodeLocalStorage) => BigInt(o.metadata.resourceVersion ?? 0)
    return version(seen) < version(written) ? written : seen
  }
}
