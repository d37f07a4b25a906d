import { randomBytes } from 'node:crypto'
import { applyMergePatch, type JsonPatch } from '../patch.ts'
import { applyJsonPatch } from './json-patch.ts'
import { type ObjectStore, Refusal, type StoredObject } from './object-store.ts'
import type { RecordedRequest, Target } from './request.ts'
import { matchesFields, matchesLabels } from './selectors.ts'

interface Answer {
  status: number
  body: unknown
}

/** Everything but watch. */
export class Verbs {
  /** Collection → what answers a create instead of the store. */
  readonly reviews = new Map<string, (object: StoredObject) => object>()
  readonly #store: ObjectStore

  constructor(store: ObjectStore) {
    this.#store = store
  }

  handle(request: RecordedRequest, target: Target): Answer {
    if (request.method === 'GET') return ok(target.name === undefined ? this.#list(request, target) : this.#get(target))
    if (request.method === 'POST') return { status: 201, body: this.#create(request, target) }
    if (request.method === 'PUT') return ok(this.#replace(request, target, request.body as StoredObject))
    if (request.method === 'PATCH') return ok(this.#patch(request, target))
    if (request.method === 'DELETE') return ok(this.#delete(request, target))
    throw new Refusal(405, 'MethodNotAllowed', request.method)
  }

  #get(target: Target): StoredObject {
    const object = this.#store.find(target.collection, target.namespace, target.name!)
    if (!object) throw new Refusal(404, 'NotFound', `${target.collection.split('/')[2]} "${target.name}" not found`)
    return object
  }

  #list(request: RecordedRequest, target: Target): object {
    const { limit, continue: token } = request.query
    const [startAt = 0, listedAt = this.#store.version] = token ? token.split('.').map(Number) : []
    // A page belongs to the version of the first one; the history must reach back to it.
    this.#store.since(target.collection, listedAt)
    const all = this.#store.list(target.collection).filter((object) => isSelected(request, target, object))
    const end = limit ? startAt + Number(limit) : all.length
    const items = all.slice(startAt, end).map(({ apiVersion: _a, kind: _k, ...rest }) => rest)
    const more = end < all.length
    const metadata = { resourceVersion: String(listedAt), continue: more ? `${end}.${listedAt}` : '' }
    return { kind: 'List', metadata, items }
  }

  #create(request: RecordedRequest, target: Target): object {
    const given = structuredClone(request.body) as StoredObject & { metadata: { generateName?: string } }
    const review = this.reviews.get(target.collection)
    if (review) return review(given)
    const name = given.metadata.name ?? `${given.metadata.generateName ?? ''}${randomBytes(4).toString('hex')}`
    const { resourceVersion: _v, uid: _u, ...metadata } = given.metadata
    if (this.#store.find(target.collection, target.namespace, name))
      throw new Refusal(409, 'AlreadyExists', `${target.collection.split('/')[2]} "${name}" already exists`)
    const { status: _s, ...rest } = given
    const object = { ...rest, metadata: { ...metadata, name, namespace: target.namespace } } as StoredObject
    return this.#write(request, target, object)
  }

  #replace(request: RecordedRequest, target: Target, next: StoredObject): StoredObject {
    const old = this.#get(target)
    const { uid, resourceVersion } = next.metadata
    if (resourceVersion && resourceVersion !== old.metadata.resourceVersion)
      throw new Refusal(409, 'Conflict', `the object has been modified; apply your changes to the latest version`)
    if (uid && uid !== old.metadata.uid) throw new Refusal(409, 'Conflict', `uid is ${old.metadata.uid}, not ${uid}`)
    if (target.subresource === 'status') return this.#write(request, target, { ...old, status: next.status })
    return this.#write(request, target, { ...next, status: old.status })
  }

  #patch(request: RecordedRequest, target: Target): StoredObject {
    const type = request.headers['content-type']
    const apply = type === 'application/apply-patch+yaml'
    if (apply && !request.query.fieldManager) throw new Refusal(400, 'BadRequest', 'fieldManager is required for apply')
    const exists = this.#store.find(target.collection, target.namespace, target.name!)
    if (apply && !exists) return this.#create(request, target) as StoredObject
    const old = this.#get(target)
    if (type !== 'application/json-patch+json')
      return this.#replace(request, target, applyMergePatch(old, request.body) as StoredObject)
    try {
      return this.#replace(request, target, applyJsonPatch(old, request.body as JsonPatch) as StoredObject)
    } catch (error) {
      throw error instanceof Refusal ? error : new Refusal(422, 'Invalid', String(error))
    }
  }

  #delete(request: RecordedRequest, target: Target): object {
    const object = this.#get(target)
    const { preconditions } = (request.body ?? {}) as { preconditions?: { uid?: string; resourceVersion?: string } }
    for (const field of ['uid', 'resourceVersion'] as const)
      if (preconditions?.[field] && preconditions[field] !== object.metadata[field])
        throw new Refusal(409, 'Conflict', `the ${field} in the precondition does not match`)
    if (request.query.dryRun === 'All') return object
    return this.#store.delete(target.collection, object)
  }

  #write(request: RecordedRequest, target: Target, object: StoredObject): StoredObject {
    if (request.query.dryRun === 'All') return object
    return this.#store.put(target.collection, object)
  }
}

export function isSelected(request: RecordedRequest, target: Target, object: StoredObject): boolean {
  if (target.namespace !== undefined && object.metadata.namespace !== target.namespace) return false
  const { labelSelector = '', fieldSelector = '' } = request.query
  return matchesLabels(labelSelector, object.metadata.labels) && matchesFields(fieldSelector, object)
}

function ok(body: object): Answer {
  return { status: 200, body }
}
