import type { Change } from './api.ts'
import { type KubeObject, keyOf } from './object.ts'
import { StatusError } from './status-error.ts'

/** A change with its place in the one order of all changes. */
export interface Entry extends Change {
  revision: number
}

export interface Persistence {
  /** Has reached the operating system when it returns, so that a kill of this process can't lose it. */
  write(resource: string, key: string, revision: number, object: KubeObject | undefined): void
}

/** What a watch that asks for the past may still be told of. */
const HISTORY = 4_096

interface Collection {
  objects: Map<string, KubeObject>
  history: Entry[]
  /** The newest revision that `history` no longer tells of. */
  forgotten: number
  listeners: Set<(entry: Entry) => void>
}

/**
 * Every object of the cluster, frozen, by resource (`pods`, `leases.coordination.k8s.io`) and key (`ns/name`). One
 * revision counts all changes. Listeners are told within the call, in order; what they write in turn is told after.
 */
export class Store {
  readonly #collections = new Map<string, Collection>()
  readonly #byUid = new Map<string, { resource: string; object: KubeObject }>()
  readonly #untold: { resource: string; collection: Collection; entry: Entry }[] = []
  readonly #everything = new Set<(resource: string, entry: Entry) => void>()
  #telling = false
  #persistence: Persistence | undefined
  revision = 1

  /** From a file, in place of starting empty: nobody is told. */
  restore(revision: number, records: Iterable<[resource: string, object: KubeObject]>): void {
    this.revision = Math.max(this.revision, revision)
    for (const [resource, object] of records) {
      deepFreeze(object)
      this.#collection(resource).objects.set(keyOf(object), object)
      this.#byUid.set(object.metadata.uid, { resource, object })
    }
    for (const collection of this.#collections.values()) collection.forgotten = this.revision
  }

  persistTo(persistence: Persistence): void {
    this.#persistence = persistence
  }

  /** Every object, for a snapshot. */
  *all(): Iterable<[resource: string, object: KubeObject]> {
    for (const [resource, { objects }] of this.#collections)
      for (const object of objects.values()) yield [resource, object]
  }

  resources(): string[] {
    return [...this.#collections.keys()]
  }

  get(resource: string, key: string): KubeObject | undefined {
    return this.#collections.get(resource)?.objects.get(key)
  }

  byUid(uid: string): { resource: string; object: KubeObject } | undefined {
    return this.#byUid.get(uid)
  }

  list(resource: string): KubeObject[] {
    return [...(this.#collections.get(resource)?.objects.values() ?? [])]
  }

  /** What `list` would have answered at an earlier revision, as far back as the history goes. */
  listAt(resource: string, revision: number): KubeObject[] {
    const collection = this.#collection(resource)
    if (revision >= this.revision) return this.list(resource)
    if (revision < collection.forgotten) throw expired(revision, collection.forgotten)
    const objects = new Map(collection.objects)
    for (const { type, object, previous, revision: at } of collection.history.toReversed()) {
      if (at <= revision) break
      if (type === 'ADDED') objects.delete(keyOf(object))
      else if (previous) objects.set(keyOf(object), previous)
    }
    return [...objects.values()]
  }

  /** Stores the object under the next revision, which it carries; the answer is the frozen one. */
  put(resource: string, object: KubeObject): KubeObject {
    const collection = this.#collection(resource)
    const key = keyOf(object)
    const previous = collection.objects.get(key)
    const revision = ++this.revision
    object.metadata.resourceVersion = String(revision)
    deepFreeze(object)
    this.#persistence?.write(resource, key, revision, object)
    collection.objects.set(key, object)
    this.#byUid.set(object.metadata.uid, { resource, object })
    this.#tell(resource, collection, { type: previous ? 'MODIFIED' : 'ADDED', object, previous, revision })
    return object
  }

  /** Takes the object away; the answer carries the revision of its deletion. */
  remove(resource: string, object: KubeObject): KubeObject {
    const collection = this.#collection(resource)
    const key = keyOf(object)
    const revision = ++this.revision
    const last = deepFreeze({ ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } })
    this.#persistence?.write(resource, key, revision, undefined)
    collection.objects.delete(key)
    this.#byUid.delete(object.metadata.uid)
    this.#tell(resource, collection, { type: 'DELETED', object: last, previous: object, revision })
    return last
  }

  /**
   * Calls back for each change after `since`, the past ones within this call. Without `since` from now on.
   * 410 Expired when the history does not go back that far.
   */
  subscribe(resource: string, since: number | undefined, listener: (entry: Entry) => void): () => void {
    const collection = this.#collection(resource)
    if (since !== undefined && since < this.revision) {
      if (since < collection.forgotten) throw expired(since, collection.forgotten)
      for (const entry of collection.history) if (entry.revision > since) listener(entry)
    }
    collection.listeners.add(listener)
    return () => collection.listeners.delete(listener)
  }

  /** As `subscribe`, for all resources that there are and will be, from now on. */
  subscribeAll(listener: (resource: string, entry: Entry) => void): () => void {
    this.#everything.add(listener)
    return () => this.#everything.delete(listener)
  }

  /** Forgets all history, as a compaction does: watches that ask for the past get 410. */
  compact(): void {
    for (const collection of this.#collections.values()) {
      collection.history.length = 0
      collection.forgotten = this.revision
    }
  }

  #collection(resource: string): Collection {
    let collection = this.#collections.get(resource)
    if (!collection) {
      collection = { objects: new Map(), history: [], forgotten: 0, listeners: new Set() }
      this.#collections.set(resource, collection)
    }
    return collection
  }

  #tell(resource: string, collection: Collection, entry: Entry): void {
    collection.history.push(entry)
    if (collection.history.length > HISTORY * 2) {
      const cut = collection.history.splice(0, HISTORY)
      collection.forgotten = cut.at(-1)!.revision
    }
    this.#untold.push({ resource, collection, entry })
    if (this.#telling) return
    this.#telling = true
    try {
      for (let next = this.#untold.shift(); next; next = this.#untold.shift()) {
        for (const listener of [...next.collection.listeners]) listener(next.entry)
        for (const listener of this.#everything) listener(next.resource, next.entry)
      }
    } finally {
      this.#telling = false
    }
  }
}

function expired(asked: number, oldest: number): StatusError {
  return new StatusError(410, 'Expired', `too old resource version: ${asked} (${oldest})`)
}

export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  Object.freeze(value)
  for (const part of Object.values(value)) deepFreeze(part)
  return value
}
