import { messageOf } from '@open-local/shared'
import { backoffMs, sleep } from './backoff.ts'
import type { KubeClient, Selection } from './client.ts'
import { isGone, KubeError } from './error.ts'
import { type Log, silentLog } from './log.ts'
import { type KubeObject, keyOf, type ResourceType } from './resource.ts'
import { type Indexers, type Lister, Store } from './store.ts'
import type { WatchEvent } from './watch.ts'

/** Silence inside a streaming list after which we list in pages instead. */
const STREAMING_LIST_SILENCE_MS = 15_000
/** A watch that ends sooner, and without an event, counts as a failure. */
const SHORT_WATCH_MS = 1000

export interface Handlers<T> {
  onAdd?(object: T): void
  /** `old` and `object` are the same object of Kubernetes (one uid) at two versions. */
  onUpdate?(old: T, object: T): void
  /** The last version that was seen; deletes that nobody told us of are found at the next list. */
  onDelete?(object: T): void
  /** Once, after every object of the first list was delivered. */
  onSync?(): void
}

export interface ReflectorOptions<T extends KubeObject> extends Selection {
  /** What is kept of each object; drops managedFields when absent. May change and return its argument. */
  transform?: (object: T) => T
  indexers?: Indexers<T>
  pageSize?: number
  /** Ask for streaming lists (one pass, little memory on the server); on unless false. */
  streamingList?: boolean
  /** Silence after which a watch is taken for dead. A server sends bookmarks about once a minute. */
  inactivityTimeoutMs?: number
  /** The server is asked to end each watch after this long, up to twice as long. */
  watchSeconds?: number
  backoff?: { baseMs: number; maxMs: number }
  random?: () => number
  log?: Log
  /** Each failure, for a metric; the reflector carries on by itself. */
  onError?: (error: unknown) => void
}

/** Drops what nobody reads and what is often the larger half of an object. */
export function dropManagedFields<T extends KubeObject>(object: T): T {
  delete (object.metadata as { managedFields?: unknown }).managedFields
  return object
}

/**
 * Keeps a Store equal to what the API server holds and tells handlers of each difference, in order, once. Lists, then
 * watches from that version on; resumes after a cut connection; lists again when the server has forgotten the version
 * (410). Backs off while the server fails, and stops only by `stop`. Handlers run after the store has changed, must
 * not block, and a throw is logged and costs nobody else the event.
 * Source: kubernetes.io/docs/reference/using-api/api-concepts (efficient detection of changes, streaming lists).
 */
export class Reflector<T extends KubeObject> {
  readonly store: Store<T>
  readonly type: ResourceType<T>
  readonly #client: KubeClient
  readonly #options: ReflectorOptions<T>
  readonly #log: Log
  readonly #handlers = new Set<Handlers<T>>()
  readonly #stopped = new AbortController()
  readonly #firstSync = Promise.withResolvers<void>()
  /** Ends the requests of the present list and watch. */
  #cycle = new AbortController()
  #synced = false
  #running: Promise<void> | undefined
  /** Where to go on; undefined when the next step is a list. */
  #resourceVersion: string | undefined
  #streaming: boolean
  #failures = 0

  constructor(client: KubeClient, type: ResourceType<T>, options: ReflectorOptions<T> = {}) {
    this.#client = client
    this.type = type
    this.#options = options
    this.#log = options.log ?? silentLog
    this.#streaming = options.streamingList ?? true
    this.store = new Store<T>(options.indexers)
  }

  get lister(): Lister<T> {
    return this.store
  }

  /** Handlers that come late are first told of everything in the store. Returns the way to take them off again. */
  addHandlers(handlers: Handlers<T>): () => void {
    this.#handlers.add(handlers)
    for (const object of this.store.list()) this.#tell(handlers, (h) => h.onAdd?.(object))
    if (this.#synced) this.#tell(handlers, (h) => h.onSync?.())
    return () => {
      this.#handlers.delete(handlers)
    }
  }

  /** Repeated calls do nothing. */
  start(): void {
    this.#running ??= this.#run()
  }

  /** Resolves when the last request has ended. No handler is called from the moment of the call on. */
  async stop(): Promise<void> {
    this.#stopped.abort()
    this.#cycle.abort()
    await this.#running
  }

  hasSynced(): boolean {
    return this.#synced
  }

  /** Resolves after the first complete list. Rejects with the reason of `signal`, or when the reflector is stopped. */
  async waitForSync(signal?: AbortSignal): Promise<void> {
    if (this.#synced) return
    signal?.throwIfAborted()
    const ended = Promise.withResolvers<never>()
    const abort = () => ended.reject(signal!.reason)
    const stop = () => ended.reject(new KubeError('CANCELLED', `${this.type.plural}: stopped before the first list`))
    if (this.#stopped.signal.aborted) stop()
    signal?.addEventListener('abort', abort, { once: true })
    this.#stopped.signal.addEventListener('abort', stop, { once: true })
    try {
      await Promise.race([this.#firstSync.promise, ended.promise])
    } finally {
      signal?.removeEventListener('abort', abort)
      this.#stopped.signal.removeEventListener('abort', stop)
    }
  }

  async #run(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      this.#cycle = new AbortController()
      try {
        if (this.#resourceVersion !== undefined) await this.#watch()
        else if (this.#streaming) await this.#streamList()
        else await this.#pagedList()
      } catch (error) {
        if (this.#stopped.signal.aborted) return
        this.#noteFailure(error)
      }
      if (this.#failures > 0) await sleep(this.#pauseMs(), this.#stopped.signal)
    }
  }

  /** Leaves the store complete and the version to watch from set. */
  async #pagedList(): Promise<void> {
    const { namespace, labelSelector, fieldSelector, pageSize = 500 } = this.#options
    const listed = new Map<string, T>()
    const signal = this.#cycle.signal
    let limit: number | undefined = pageSize
    let next: string | undefined
    let resourceVersion: string | undefined
    do {
      try {
        const query = { namespace, labelSelector, fieldSelector, signal }
        const page = await this.#client.list(this.type, { ...query, limit, continue: next })
        for (const object of page.items) listed.set(keyOf(object), this.#slim(object))
        next = page.metadata.continue
        resourceVersion = page.metadata.resourceVersion
      } catch (error) {
        // The history was compacted between two pages; a list in one piece can't outlive it.
        if (!isGone(error) || next === undefined) throw error
        listed.clear()
        next = undefined
        limit = undefined
        resourceVersion = undefined
      }
    } while (next || resourceVersion === undefined)
    this.#replace(listed, resourceVersion)
  }

  /** A list and the watch after it in one request: present objects, a bookmark that closes the list, then changes. */
  async #streamList(): Promise<void> {
    const listed = new Map<string, T>()
    let complete = false
    let refused = false
    // A server that ignores the parameter never closes the list.
    const giveUp = () => this.#cycle.abort()
    let timer = setTimeout(giveUp, STREAMING_LIST_SILENCE_MS)
    try {
      for await (const event of this.#open({ sendInitialEvents: true })) {
        if (complete) {
          this.#apply(event)
          continue
        }
        clearTimeout(timer)
        timer = setTimeout(giveUp, STREAMING_LIST_SILENCE_MS)
        if (event.type === 'DELETED') listed.delete(keyOf(event.object))
        else if (event.type !== 'BOOKMARK') listed.set(keyOf(event.object), this.#slim(event.object))
        else if (event.initialEventsEnd) {
          clearTimeout(timer)
          complete = true
          this.#replace(listed, event.resourceVersion)
          listed.clear()
        }
      }
    } catch (error) {
      refused = error instanceof KubeError && ['INVALID_ARGUMENT', 'CANCELLED', 'UNIMPLEMENTED'].includes(error.code)
      if (complete || !refused) throw error
    } finally {
      clearTimeout(timer)
    }
    if (complete) return
    this.#streaming = false
    this.#log.info({ resource: this.type.plural, refused }, 'no streaming lists here, listing in pages')
  }

  async #watch(): Promise<void> {
    const openedAt = performance.now()
    let heard = false
    for await (const event of this.#open({ resourceVersion: this.#resourceVersion })) {
      heard = true
      this.#failures = 0
      this.#apply(event)
    }
    if (heard || performance.now() - openedAt > SHORT_WATCH_MS) this.#failures = 0
    // A server that ends every watch at once must not be asked in a tight loop.
    else throw new KubeError('UNAVAILABLE', `WATCH ${this.type.plural}: ended at once`)
  }

  #open(options: { resourceVersion?: string; sendInitialEvents?: boolean }): AsyncIterable<WatchEvent<T>> {
    const { namespace, labelSelector, fieldSelector, inactivityTimeoutMs = 150_000, watchSeconds = 300 } = this.#options
    const timeoutSeconds = Math.ceil(watchSeconds * (1 + this.#random()))
    const selection = { namespace, labelSelector, fieldSelector }
    const signal = this.#cycle.signal
    return this.#client.watch(this.type, { ...selection, ...options, inactivityTimeoutMs, timeoutSeconds, signal })
  }

  #replace(listed: Map<string, T>, resourceVersion: string): void {
    this.#failures = 0
    this.#resourceVersion = resourceVersion
    for (const key of this.store.keys()) if (!listed.has(key)) this.#delete(key)
    for (const object of listed.values()) this.#upsert(object)
    if (this.#synced || this.#stopped.signal.aborted) return
    this.#synced = true
    this.#firstSync.resolve()
    this.#tellAll((handlers) => handlers.onSync?.())
  }

  #apply(event: WatchEvent<T>): void {
    if (this.#stopped.signal.aborted) return
    if (event.type === 'BOOKMARK') {
      this.#resourceVersion = event.resourceVersion
      return
    }
    // Read before the transform, which may drop it.
    this.#resourceVersion = event.object.metadata.resourceVersion
    if (event.type === 'DELETED') this.#delete(keyOf(event.object), this.#slim(event.object))
    else this.#upsert(this.#slim(event.object))
  }

  #upsert(object: T): void {
    const old = this.store.get(keyOf(object))
    const { uid, resourceVersion } = object.metadata
    const seen = old && old.metadata.uid === uid && old.metadata.resourceVersion === resourceVersion
    if (seen && resourceVersion !== undefined) return
    // Deleted and created again while we looked away: two objects, two events.
    if (old && old.metadata.uid !== uid) this.#delete(keyOf(old))
    this.store.set(object)
    if (old && old.metadata.uid === uid) this.#tellAll((handlers) => handlers.onUpdate?.(old, object))
    else this.#tellAll((handlers) => handlers.onAdd?.(object))
  }

  #delete(key: string, last?: T): void {
    const old = this.store.delete(key)
    if (old) this.#tellAll((handlers) => handlers.onDelete?.(last ?? old))
  }

  #slim(object: T): T {
    return (this.#options.transform ?? dropManagedFields)(object)
  }

  #tellAll(call: (handlers: Handlers<T>) => void): void {
    for (const handlers of this.#handlers) this.#tell(handlers, call)
  }

  #tell(handlers: Handlers<T>, call: (handlers: Handlers<T>) => void): void {
    if (this.#stopped.signal.aborted) return
    try {
      call(handlers)
    } catch (error) {
      this.#log.error({ err: error, resource: this.type.plural }, 'an event handler threw')
    }
  }

  #noteFailure(error: unknown): void {
    this.#failures += 1
    // The version is too old, not understood, or (a restored etcd) from the future: only a list helps.
    if (error instanceof KubeError && [400, 410, 422, 504].includes(error.httpStatus)) this.#resourceVersion = undefined
    const level = isGone(error) ? 'info' : 'warn'
    this.#log[level](
      { err: error, resource: this.type.plural, failures: this.#failures },
      `will go on: ${messageOf(error)}`,
    )
    this.#options.onError?.(error)
  }

  #pauseMs(): number {
    const { baseMs, maxMs } = this.#options.backoff ?? { baseMs: 800, maxMs: 30_000 }
    return backoffMs(this.#failures - 1, { baseMs, maxMs, random: this.#options.random })
  }

  #random(): number {
    return (this.#options.random ?? Math.random)()
  }
}
