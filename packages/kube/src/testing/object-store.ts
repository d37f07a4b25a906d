import { randomUUID } from 'node:crypto'
import { deepEqual } from '../patch.ts'
import type { KubeObject } from '../resource.ts'

/** What the fake server remembers: objects, versions and the history that watches resume from. */

export type StoredObject = KubeObject & Record<string, unknown>

export interface Change {
  type: 'ADDED' | 'MODIFIED' | 'DELETED'
  collection: string
  object: StoredObject
  version: number
}

/** A refusal, as HTTP status and Kubernetes reason. */
export class Refusal extends Error {
  readonly httpStatus: number
  readonly reason: string

  constructor(httpStatus: number, reason: string, message: string) {
    super(message)
    this.httpStatus = httpStatus
    this.reason = reason
  }
}

export class ObjectStore {
  /** `<group>/<version>/<plural>` → `namespace/name` → object. */
  readonly #collections = new Map<string, Map<string, StoredObject>>()
  readonly #listeners = new Set<(change: Change) => void>()
  readonly #history: Change[] = []
  #version = 1
  /** Nothing up to here can be resumed from any more. */
  #forgotten = 0

  get version(): number {
    return this.#version
  }

  /** In the order of etcd's keys, which is what pages are cut from. */
  list(collection: string): StoredObject[] {
    return [...(this.#collections.get(collection) ?? [])].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, o]) => o)
  }

  find(collection: string, namespace: string | undefined, name: string): StoredObject | undefined {
    return this.#collections.get(collection)?.get(`${namespace ?? ''}/${name}`)
  }

  /** Stores what is given; uid, version and generation are taken care of. A finalised deletion removes. */
  put(collection: string, object: StoredObject): StoredObject {
    const { name, namespace } = object.metadata
    const old = this.find(collection, namespace, name)
    if (old?.metadata.deletionTimestamp && !object.metadata.finalizers?.length) return this.remove(collection, object)
    const metadata = {
      ...object.metadata,
      uid: old?.metadata.uid ?? object.metadata.uid ?? randomUUID(),
      creationTimestamp: old?.metadata.creationTimestamp ?? object.metadata.creationTimestamp ?? timestamp(),
      deletionTimestamp: old?.metadata.deletionTimestamp ?? object.metadata.deletionTimestamp,
      generation: (old?.metadata.generation ?? 0) + (old && deepEqual(old.spec, object.spec) ? 0 : 1),
      resourceVersion: old?.metadata.resourceVersion,
    }
    // A write that changes nothing makes no version and no event, as in etcd3 storage.
    if (old && deepEqual(old, { ...object, metadata })) return old
    this.#version += 1
    const stored = structuredClone({ ...object, metadata: { ...metadata, resourceVersion: String(this.#version) } })
    let objects = this.#collections.get(collection)
    if (!objects) {
      objects = new Map()
      this.#collections.set(collection, objects)
    }
    objects.set(`${namespace ?? ''}/${name}`, stored)
    this.#record({ type: old ? 'MODIFIED' : 'ADDED', collection, object: stored, version: this.#version })
    return stored
  }

  /** Marks for deletion while finalizers hold the object, else removes it. */
  delete(collection: string, object: StoredObject): StoredObject {
    if (!object.metadata.finalizers?.length) return this.remove(collection, object)
    if (object.metadata.deletionTimestamp) return object
    return this.put(collection, { ...object, metadata: { ...object.metadata, deletionTimestamp: timestamp() } })
  }

  remove(collection: string, object: StoredObject): StoredObject {
    const { name, namespace } = object.metadata
    this.#collections.get(collection)?.delete(`${namespace ?? ''}/${name}`)
    this.#version += 1
    const last = { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#version) } }
    this.#record({ type: 'DELETED', collection, object: last, version: this.#version })
    return last
  }

  /** Changes of a collection after `version`. Refused with 410 when they are forgotten. */
  since(collection: string, version: number): Change[] {
    if (version < this.#forgotten)
      throw new Refusal(410, 'Expired', `too old resource version: ${version} (${this.#forgotten})`)
    return this.#history.filter((change) => change.collection === collection && change.version > version)
  }

  forgetHistory(): void {
    this.#version += 1
    this.#forgotten = this.#version
    this.#history.length = 0
  }

  listen(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #record(change: Change): void {
    this.#history.push(change)
    for (const listener of this.#listeners) listener(change)
  }
}

function timestamp(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, 'Z')
}
