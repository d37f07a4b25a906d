import { randomBytes, randomUUID } from 'node:crypto'
import type { Caller, Lookup, Rules } from '../rules/rules.ts'
import type { Api, Change, DeleteOptions, ListFilter, NewEvent } from './api.ts'
import { EventRecorder } from './events.ts'
import { forbidden, invalidError } from './field-error.ts'
import { isObject, type Json, mergePatch, plain, sameJson } from './json.ts'
import { metadataCauses } from './names.ts'
import { type Draft, type KubeObject, keyOf, type ObjectMeta } from './object.ts'
import { groupVersionOf, hasSubresource, type ResourceInfo, type Resources, resourceKey } from './resources.ts'
import { StatusError } from './status-error.ts'
import type { Store } from './store.ts'

/** What a schema says of an object that a client sent: fields dropped and defaults filled in the answer. */
export interface Schemas {
  /** Throws 400 and 422; warns of unknown fields, or refuses them, as the caller asked for. */
  accept(info: ResourceInfo, object: Json, caller: Caller): Json
  /** 422 for a custom resource that is not as its definition says. Built-in kinds are checked by their rules. */
  validate(info: ResourceInfo, object: KubeObject, old: KubeObject | undefined): void
}

export interface KubeApiOptions {
  store: Store
  resources: Resources
  schemas: Schemas
  rules: Record<string, Rules>
  clock?: () => Date
}

const SYSTEM: Caller = { user: 'system:devcluster', warn: () => {}, dryRun: false, fieldValidation: 'Ignore' }

/** The verbs of the API, for clients and for stand-ins: admission, defaults, validation, versions, deletion. */
export class KubeApi implements Api {
  readonly store: Store
  readonly resources: Resources
  readonly lookup: Lookup
  readonly #schemas: Schemas
  readonly #rules: Record<string, Rules>
  readonly #clock: () => Date
  readonly #events = new EventRecorder()

  constructor({ store, resources, schemas, rules, clock = () => new Date() }: KubeApiOptions) {
    this.store = store
    this.resources = resources
    this.#schemas = schemas
    this.#rules = rules
    this.#clock = clock
    this.lookup = {
      find: (resource, namespace, name) => this.get(resource, namespace, name),
      list: (resource, namespace) => this.list(resource, namespace === undefined ? {} : { namespace }),
    }
  }

  get<T extends KubeObject>(resource: string, namespace: string | undefined, name: string): T | undefined {
    return this.store.get(resource, keyOf({ metadata: { namespace, name } })) as T | undefined
  }

  list<T extends KubeObject>(resource: string, { namespace }: ListFilter = {}): T[] {
    const all = this.store.list(resource) as T[]
    return namespace === undefined ? all : all.filter((object) => object.metadata.namespace === namespace)
  }

  create<T extends KubeObject>(resource: string, object: Draft<T>): T {
    const info = this.#info(resource)
    const named = { ...plain(object), apiVersion: groupVersionOf(info), kind: info.kind }
    return this.createObject(info, object.metadata.namespace, named as unknown as Json, SYSTEM) as T
  }

  patch<T extends KubeObject>(
    resource: string,
    namespace: string | undefined,
    name: string,
    patch: object,
    subresource?: 'status',
  ): T {
    const apply = (current: KubeObject) => plain(mergePatch(current, patch)) as Json
    return this.updateObject(this.#info(resource), namespace, name, apply, SYSTEM, subresource) as T
  }

  delete(resource: string, namespace: string | undefined, name: string, options: DeleteOptions = {}): void {
    this.deleteObject(this.#info(resource), namespace, name, options, SYSTEM)
  }

  watch<T extends KubeObject>(resource: string, onChange: (change: Change<T>) => void): () => void {
    for (const object of this.store.list(resource)) onChange({ type: 'ADDED', object: object as T })
    return this.store.subscribe(resource, undefined, (entry) => onChange(entry as Change as Change<T>))
  }

  event(about: KubeObject, event: NewEvent): void {
    this.#events.record(this, about, event, this.#clock())
  }

  now(): string {
    return `${this.#clock().toISOString().slice(0, 19)}Z`
  }

  /** POST. 400, 403, 404 (namespace), 409 AlreadyExists, 422. */
  createObject(info: ResourceInfo, namespace: string | undefined, body: Json, caller: Caller): KubeObject {
    const resource = resourceKey(info)
    const rules = this.#rules[resource] ?? {}
    const draft = this.#accept(info, namespace, body, caller)
    const meta = draft.metadata
    if (meta.resourceVersion) throw badRequest('resourceVersion should not be set on objects to be created')
    if (!meta.name && meta.generateName) meta.name = `${meta.generateName.slice(0, 58)}${suffix()}`
    meta.name ??= ''
    this.#requireNamespace(info, namespace, resource, meta.name)
    for (const field of ['deletionTimestamp', 'deletionGracePeriodSeconds', 'generation'] as const) delete meta[field]
    Object.assign(meta, { uid: randomUUID(), creationTimestamp: this.now(), resourceVersion: '' })
    if (hasSubresource(info, 'status') && !rules.keepsStatus) delete (draft as { status?: unknown }).status
    rules.prepareCreate?.(draft, this.lookup)
    rules.defaults?.(draft)
    rules.admit?.(draft, undefined, this.lookup, caller)
    if (this.#hasGeneration(info)) meta.generation = 1
    this.#validate(info, draft, undefined)
    if (this.get(resource, namespace, meta.name)) {
      throw statusFor(info, meta.name, 409, 'AlreadyExists', (what) => `${what} already exists`)
    }
    if (caller.dryRun) return draft
    return this.store.put(resource, draft)
  }

  /** PUT and PATCH. 400, 403, 404, 409 Conflict, 422. Answers the object as it is when nothing would change. */
  updateObject(
    info: ResourceInfo,
    namespace: string | undefined,
    name: string,
    apply: (current: KubeObject) => Json,
    caller: Caller,
    subresource?: 'status' | 'finalize',
  ): KubeObject {
    const resource = resourceKey(info)
    const rules = this.#rules[resource] ?? {}
    const old = this.getObject(info, namespace, name)
    const draft = this.#accept(info, namespace, apply(old), caller)
    const meta = draft.metadata
    if ((meta.name ?? name) !== name)
      throw badRequest(`the name of the object (${meta.name}) does not match the name on the URL (${name})`)
    if (meta.resourceVersion && meta.resourceVersion !== old.metadata.resourceVersion) throw conflict(info, name)
    if (meta.uid && meta.uid !== old.metadata.uid) throw uidConflict(info, name, meta.uid, old.metadata.uid)
    draft.metadata = this.#metadataOfUpdate(info, old, meta, subresource)
    this.#keepWhatIsNotMeant(info, draft, old, subresource)
    if (subresource !== 'status') rules.prepareUpdate?.(draft, old)
    rules.defaults?.(draft)
    if (subresource !== 'status') rules.admit?.(draft, old, this.lookup, caller)
    const specOf = (object: KubeObject) => ({ ...object, metadata: undefined, status: undefined })
    if (this.#hasGeneration(info) && !sameJson(specOf(draft), specOf(old)))
      draft.metadata.generation = (old.metadata.generation ?? 0) + 1
    if (sameJson(draft, old)) return old
    this.#validate(info, draft, old)
    if (caller.dryRun) return draft
    return this.#isFinished(draft) ? this.store.remove(resource, draft) : this.store.put(resource, draft)
  }

  /** DELETE. 403, 404, 409. `gone` says that it is away; else it waits for finalizers or its grace period. */
  deleteObject(
    info: ResourceInfo,
    namespace: string | undefined,
    name: string,
    options: DeleteOptions,
    caller: Caller,
  ): { object: KubeObject; gone: boolean } {
    const resource = resourceKey(info)
    const old = this.getObject(info, namespace, name)
    if (options.uid && options.uid !== old.metadata.uid) throw uidConflict(info, name, options.uid, old.metadata.uid)
    if (options.resourceVersion && options.resourceVersion !== old.metadata.resourceVersion) throw conflict(info, name)
    this.#rules[resource]?.admitDelete?.(old, this.lookup)
    const draft = plain(old)
    const meta = draft.metadata
    const grace = resource === 'pods' ? podGrace(old, options.gracePeriodSeconds) : 0
    const finalizers = new Set(meta.finalizers)
    for (const kind of ['foregroundDeletion', 'orphan']) finalizers.delete(kind)
    if (options.propagationPolicy === 'Foreground') finalizers.add('foregroundDeletion')
    if (options.propagationPolicy === 'Orphan') finalizers.add('orphan')
    if (!options.propagationPolicy) for (const f of meta.finalizers ?? []) finalizers.add(f)
    meta.finalizers = finalizers.size > 0 ? [...finalizers] : undefined
    const sooner = meta.deletionTimestamp && grace < (meta.deletionGracePeriodSeconds ?? 0)
    if (!meta.deletionTimestamp || sooner) {
      meta.deletionTimestamp = `${new Date(this.#clock().getTime() + grace * 1000).toISOString().slice(0, 19)}Z`
      meta.deletionGracePeriodSeconds = grace
      if (meta.generation !== undefined) meta.generation++
    }
    if (resource === 'namespaces') Object.assign(draft, { status: { phase: 'Terminating' } })
    if (caller.dryRun) return { object: draft, gone: false }
    if (this.#isFinished(draft)) return { object: this.store.remove(resource, draft), gone: true }
    return { object: sameJson(draft, old) ? old : this.store.put(resource, plain(draft)), gone: false }
  }

  /** 404 NotFound when it is not there. */
  getObject(info: ResourceInfo, namespace: string | undefined, name: string): KubeObject {
    const found = this.get(resourceKey(info), namespace, name)
    if (!found) throw statusFor(info, name, 404, 'NotFound', (what) => `${what} not found`)
    return found
  }

  #info(resource: string): ResourceInfo {
    const info = this.resources.find(resource)
    if (!info) throw new StatusError(404, 'NotFound', `the server could not find the requested resource (${resource})`)
    return info
  }

  /** The object that the body stands for, checked to be of this resource and namespace. */
  #accept(info: ResourceInfo, namespace: string | undefined, body: Json, caller: Caller): KubeObject {
    const { apiVersion = '', kind = '' } = body as { apiVersion?: string; kind?: string }
    if (kind !== info.kind || apiVersion !== groupVersionOf(info)) {
      if (kind === '') throw badRequest("Object 'Kind' is missing")
      throw badRequest(
        `${kind} in version "${apiVersion}" cannot be handled as a ${info.kind}: this is ${info.plural} of "${groupVersionOf(info)}"`,
      )
    }
    if (!isObject(body.metadata ?? {})) throw badRequest('metadata must be an object')
    const object = this.#schemas.accept(info, body, caller) as unknown as KubeObject
    const metadata = { ...object.metadata }
    delete (metadata as { managedFields?: unknown }).managedFields
    delete (metadata as { selfLink?: unknown }).selfLink
    if (info.namespaced) {
      if (metadata.namespace && metadata.namespace !== namespace)
        throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
      metadata.namespace = namespace
    } else delete metadata.namespace
    return { ...object, metadata }
  }

  #metadataOfUpdate(info: ResourceInfo, old: KubeObject, meta: ObjectMeta, subresource?: string): ObjectMeta {
    const own = old.metadata
    if (subresource === 'status' && !this.resources.isBuiltIn(resourceKey(info))) return plain(own)
    const added = (meta.finalizers ?? []).filter((name) => !own.finalizers?.includes(name))
    if (own.deletionTimestamp && added.length > 0) {
      const text = `no new finalizers can be added if the object is being deleted, found new finalizers ${JSON.stringify(added)}`
      throw invalidError(info, own.name, [forbidden('metadata.finalizers', text)])
    }
    return plain({
      ...meta,
      name: own.name,
      namespace: own.namespace,
      uid: own.uid,
      resourceVersion: own.resourceVersion,
      creationTimestamp: own.creationTimestamp,
      deletionTimestamp: own.deletionTimestamp,
      deletionGracePeriodSeconds: own.deletionGracePeriodSeconds,
      generation: own.generation,
      generateName: own.generateName,
      ...(meta.finalizers?.length ? {} : { finalizers: undefined }),
      ...(meta.ownerReferences?.length ? {} : { ownerReferences: undefined }),
    })
  }

  /** The status is written by its own path only, and that path writes nothing else. */
  #keepWhatIsNotMeant(info: ResourceInfo, draft: KubeObject, old: KubeObject, subresource?: string): void {
    if (!hasSubresource(info, 'status') && subresource !== 'finalize') return
    const [to, from] = [draft as unknown as Json, old as unknown as Json]
    if (subresource === 'status') {
      for (const key of new Set([...Object.keys(to), ...Object.keys(from)])) {
        if (!['status', 'metadata', 'apiVersion', 'kind'].includes(key)) setOrDelete(to, key, from[key])
      }
    } else setOrDelete(to, 'status', from.status)
    if (info.kind === 'Namespace' && subresource !== 'finalize') setOrDelete(to, 'spec', from.spec)
  }

  #hasGeneration(info: ResourceInfo): boolean {
    return !this.resources.isBuiltIn(resourceKey(info)) || this.#rules[resourceKey(info)]?.hasGeneration === true
  }

  #validate(info: ResourceInfo, object: KubeObject, old: KubeObject | undefined): void {
    const resource = resourceKey(info)
    const causes = metadataCauses(object.metadata, resource)
    causes.push(...(this.#rules[resource]?.validate?.(object, old, this.lookup) ?? []))
    if (causes.length > 0) throw invalidError(info, object.metadata.name, causes)
    this.#schemas.validate(info, object, old)
  }

  #requireNamespace(info: ResourceInfo, namespace: string | undefined, resource: string, name: string): void {
    if (!info.namespaced) return
    const found = this.get('namespaces', undefined, namespace ?? '')
    if (!found)
      throw new StatusError(404, 'NotFound', `namespaces "${namespace}" not found`, {
        name: namespace,
        kind: 'namespaces',
      })
    if (!found.metadata.deletionTimestamp) return
    const why = `unable to create new content in namespace ${namespace} because it is being terminated`
    throw new StatusError(403, 'Forbidden', `${resource} "${name}" is forbidden: ${why}`, {
      name,
      kind: info.plural,
      causes: [
        {
          reason: 'NamespaceTerminating',
          message: `namespace ${namespace} is being terminated`,
          field: 'metadata.namespace',
        },
      ],
    })
  }

  #isFinished(object: KubeObject): boolean {
    const { deletionTimestamp, deletionGracePeriodSeconds = 0, finalizers = [] } = object.metadata
    if (!deletionTimestamp || deletionGracePeriodSeconds > 0 || finalizers.length > 0) return false
    const { spec } = object as { spec?: { finalizers?: string[] } }
    return object.kind !== 'Namespace' || !spec?.finalizers?.length
  }
}

/** A pod that no kubelet has is gone at once; else its kubelet is given the time. */
function podGrace(pod: KubeObject, asked: number | undefined): number {
  const { spec, status } = pod as {
    spec?: { nodeName?: string; terminationGracePeriodSeconds?: number }
    status?: { phase?: string }
  }
  if (!spec?.nodeName || status?.phase === 'Succeeded' || status?.phase === 'Failed') return 0
  return Math.max(0, asked ?? spec.terminationGracePeriodSeconds ?? 30)
}

function setOrDelete(to: Json, key: string, value: unknown): void {
  if (value === undefined) delete to[key]
  else to[key] = plain(value)
}

function suffix(): string {
  const letters = 'bcdfghjklmnpqrstvwxz2456789'
  return [...randomBytes(5)].map((byte) => letters[byte % letters.length]).join('')
}

export function badRequest(message: string): StatusError {
  return new StatusError(400, 'BadRequest', message)
}

function statusFor(
  info: ResourceInfo,
  name: string,
  code: number,
  reason: string,
  word: (what: string) => string,
): StatusError {
  const { group, plural } = info
  return new StatusError(code, reason, word(`${resourceKey(info)} "${name}"`), {
    name,
    ...(group === '' ? {} : { group }),
    kind: plural,
  })
}

function conflict(info: ResourceInfo, name: string): StatusError {
  return statusFor(
    info,
    name,
    409,
    'Conflict',
    (what) =>
      `Operation cannot be fulfilled on ${what}: the object has been modified; please apply your changes to the latest version and try again`,
  )
}

function uidConflict(info: ResourceInfo, name: string, asked: string, is: string): StatusError {
  return statusFor(
    info,
    name,
    409,
    'Conflict',
    (what) =>
      `Operation cannot be fulfilled on ${what}: Precondition failed: UID in precondition: ${asked}, UID in object meta: ${is}`,
  )
}
