import type { KubeApi } from '../api/kube-api.ts'
import { type KubeObject, keyOf, type OwnerReference } from '../api/object.ts'
import { resourceKey } from '../api/resources.ts'
import { StatusError } from '../api/status-error.ts'
import type { Log } from '../log.ts'
import { type Controller, KeyQueue } from './controller.ts'

interface Dependent {
  resource: string
  namespace?: string
  name: string
  uid: string
}

/** Deletes what is left without an owner, and carries out foreground and orphan deletions. */
export class GarbageCollector implements Controller {
  readonly #api: KubeApi
  readonly #queue: KeyQueue
  readonly #dependents = new Map<string, Map<string, Dependent>>()
  readonly #ownersOf = new Map<string, string[]>()
  #unsubscribe = () => {}

  constructor(api: KubeApi, log: Log) {
    this.#api = api
    this.#queue = new KeyQueue(log, (key) => this.#work(key))
  }

  start(): void {
    for (const [resource, object] of this.#api.store.all()) this.#see(resource, object)
    this.#unsubscribe = this.#api.store.subscribeAll((resource, { type, object }) => {
      if (type === 'DELETED') this.#gone(object)
      else this.#see(resource, object)
    })
  }

  stop(): Promise<void> {
    this.#unsubscribe()
    return this.#queue.stop()
  }

  #see(resource: string, object: KubeObject): void {
    const { uid, namespace, name, ownerReferences = [], deletionTimestamp, finalizers = [] } = object.metadata
    const owners = ownerReferences.map((owner) => owner.uid)
    for (const owner of this.#ownersOf.get(uid) ?? []) if (!owners.includes(owner)) this.#forget(owner, uid)
    if (owners.length > 0) {
      this.#ownersOf.set(uid, owners)
      for (const owner of owners) {
        const dependents = this.#dependents.get(owner) ?? new Map<string, Dependent>()
        this.#dependents.set(owner, dependents.set(uid, { resource, namespace, name, uid }))
      }
      if (owners.some((owner) => !this.#api.store.byUid(owner))) this.#queue.add(`object ${uid}`)
    } else this.#ownersOf.delete(uid)
    if (deletionTimestamp && (finalizers.includes('foregroundDeletion') || finalizers.includes('orphan')))
      this.#queue.add(`owner ${uid}`)
  }

  #gone({ metadata }: KubeObject): void {
    const { uid } = metadata
    for (const owner of this.#ownersOf.get(uid) ?? []) {
      this.#forget(owner, uid)
      this.#queue.add(`owner ${owner}`)
    }
    this.#ownersOf.delete(uid)
    for (const dependent of this.#dependents.get(uid)?.keys() ?? []) this.#queue.add(`object ${dependent}`)
  }

  #forget(owner: string, dependent: string): void {
    const dependents = this.#dependents.get(owner)
    dependents?.delete(dependent)
    if (dependents?.size === 0) this.#dependents.delete(owner)
  }

  #work(key: string): void {
    const [what, uid = ''] = key.split(' ')
    try {
      if (what === 'object') this.#collect(uid)
      else this.#finishOwner(uid)
    } catch (error) {
      if (!(error instanceof StatusError && error.code === 404)) throw error
    }
  }

  /** Deletes an object none of whose owners is there; where some are, it forgets the others. */
  #collect(uid: string): void {
    const found = this.#api.store.byUid(uid)
    if (!found || found.object.metadata.deletionTimestamp) return
    const { namespace, name, ownerReferences = [] } = found.object.metadata
    const alive = ownerReferences.filter((owner) => this.#isThere(owner, namespace))
    if (alive.length === ownerReferences.length) return
    if (alive.length > 0)
      this.#api.patch(found.resource, namespace, name, { metadata: { uid, ownerReferences: alive } })
    else this.#api.delete(found.resource, namespace, name, { uid, propagationPolicy: 'Background' })
  }

  #isThere(owner: OwnerReference, namespace: string | undefined): boolean {
    const info = this.#api.resources.findByKind(owner.apiVersion, owner.kind)
    // Of a kind that is not served nobody can say that it is gone.
    if (!info) return true
    const key = keyOf({ metadata: { name: owner.name, namespace: info.namespaced ? namespace : undefined } })
    return this.#api.store.get(resourceKey(info), key)?.metadata.uid === owner.uid
  }

  #finishOwner(uid: string): void {
    const found = this.#api.store.byUid(uid)
    if (!found?.object.metadata.deletionTimestamp) return
    const { resource, object } = found
    const { namespace, name, finalizers = [] } = object.metadata
    const dependents = [...(this.#dependents.get(uid)?.values() ?? [])]
    const orphan = finalizers.includes('orphan')
    if (!orphan && !finalizers.includes('foregroundDeletion')) return
    let blocked = false
    for (const dependent of dependents) {
      const current = this.#api.get(dependent.resource, dependent.namespace, dependent.name)
      const owners = current?.metadata.ownerReferences ?? []
      if (!current) continue
      if (orphan) {
        const rest = owners.filter((owner) => owner.uid !== uid)
        this.#api.patch(dependent.resource, dependent.namespace, dependent.name, {
          metadata: { ownerReferences: rest },
        })
        continue
      }
      const blocks = owners.some((owner) => owner.uid === uid && owner.blockOwnerDeletion)
      blocked ||= blocks
      if (!current.metadata.deletionTimestamp)
        this.#api.delete(dependent.resource, dependent.namespace, dependent.name, {
          uid: dependent.uid,
          propagationPolicy: blocks ? 'Foreground' : 'Background',
        })
    }
    if (blocked && [...(this.#dependents.get(uid)?.values() ?? [])].length > 0) return
    const rest = finalizers.filter((f) => f !== 'orphan' && f !== 'foregroundDeletion')
    this.#api.patch(resource, namespace, name, { metadata: { uid, finalizers: rest } })
  }
}
