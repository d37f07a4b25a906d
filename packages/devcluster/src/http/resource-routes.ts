import { type Access, reviews } from '../access/reviews.ts'
import type { DeleteOptions } from '../api/api.ts'
import type { Json } from '../api/json.ts'
import type { KubeApi } from '../api/kube-api.ts'
import type { KubeObject } from '../api/object.ts'
import { groupVersionOf, hasSubresource, resourceKey } from '../api/resources.ts'
import { StatusError } from '../api/status-error.ts'
import { applyPatch, patchRefusal } from '../patch/apply-patch.ts'
import { builtInSchema } from './assets.ts'
import { readObject, readPatch } from './body.ts'
import type { Call } from './call.ts'
import { list } from './list.ts'
import type { ResourceRequest } from './request-info.ts'
import { selectionOf } from './selection.ts'
import { Shaper, type Storage, storageOf } from './shape.ts'
import { subresources } from './subresources.ts'
import type { Watches } from './watch.ts'

export interface RouteContext {
  api: KubeApi
  access: Access
  watches: Watches
  /** How many revisions a read from the cache lags behind: a fault. */
  staleRevisions: () => number
}

const NOT_RUN =
  'no containers run here: this is a simulated cluster, which schedules pods and prepares their volumes only'
const refusedSubresources: Record<string, string> = {
  exec: NOT_RUN,
  attach: NOT_RUN,
  log: NOT_RUN,
  portforward: NOT_RUN,
  ephemeralcontainers: NOT_RUN,
  proxy: NOT_RUN,
}

/** Answers a request about resources. */
export async function routeResource(context: RouteContext, call: Call, request: ResourceRequest): Promise<void> {
  const { api } = context
  const info = api.resources.findByPath(request.group, request.version, request.resource)
  if (!info) throw new StatusError(404, 'NotFound', 'the server could not find the requested resource')
  const { verb, name, subresource } = request
  if (info.namespaced && request.namespace === undefined && (name !== undefined || verb === 'create'))
    throw new StatusError(404, 'NotFound', 'the server could not find the requested resource')
  const storage = storageOf(api, info)
  if (subresource !== undefined) {
    const refusal = refusedSubresources[subresource.split('/')[0]!]
    if (info.plural === 'pods' && refusal) throw new StatusError(501, 'NotImplemented', refusal)
    if (!hasSubresource(info, subresource))
      throw new StatusError(404, 'NotFound', 'the server could not find the requested resource')
    const special = subresources[subresource]
    if (special) return special(context, call, request, storage)
  }
  if (subresource === undefined && !info.verbs.includes(verb))
    throw new StatusError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource')
  const review = reviews[resourceKey(info)]
  if (review && verb === 'create') {
    const body = await objectOf(call, info.kind, groupVersionOf(info))
    call.send(201, review(body, call.user, context.access, request.namespace))
    return
  }
  if (verb === 'list') return list(api, call, request, storage, context.staleRevisions())
  if (verb === 'watch') return context.watches.start(api, call, request, storage)
  if (verb === 'deletecollection') return deleteCollection(api, call, request, storage)
  if (verb === 'create') return create(api, call, request, storage)
  if (verb === 'delete') return remove(api, call, request, storage)
  const shaper = new Shaper(call, api, storage)
  if (verb === 'get') return call.send(200, shaper.one(api.getObject(storage.stored, request.namespace, name!)))
  const { apply, refusal } = verb === 'update' ? await replacement(call, storage) : await patched(call, storage)
  try {
    const stored = api.updateObject(
      storage.stored,
      request.namespace,
      name!,
      (current) => storage.toStored(apply(storage.toShown(current))),
      call.caller(),
      subresource as 'status' | undefined,
    )
    call.send(200, shaper.one(stored))
  } catch (error) {
    throw refusal(error)
  }
}

async function create(api: KubeApi, call: Call, request: ResourceRequest, storage: Storage): Promise<void> {
  const { info, stored, toStored } = storage
  const body = await objectOf(call, info.kind, groupVersionOf(info))
  const made = api.createObject(stored, request.namespace, toStored(body), call.caller())
  call.send(201, new Shaper(call, api, storage).one(made))
}

interface Update {
  apply(current: KubeObject): Json
  /** How an error of what it made is told. */
  refusal(error: unknown): unknown
}

async function replacement(call: Call, { info }: Storage): Promise<Update> {
  const body = await objectOf(call, info.kind, groupVersionOf(info))
  return { apply: () => body, refusal: (error) => error }
}

async function patched(call: Call, { info }: Storage): Promise<Update> {
  const { type, patch } = await readPatch(call)
  const source = builtInSchema(groupVersionOf(info), info.kind)
  return {
    apply: (current) => applyPatch(type, current as unknown as Json, patch, source),
    refusal: (error) => patchRefusal(error, patch),
  }
}

/** A body that says nothing of its kind is taken for this one, as typed clients send it. */
export async function objectOf(call: Call, kind: string, apiVersion: string): Promise<Json> {
  const [version = '', group = ''] = apiVersion.split('/').reverse()
  const body = await readObject(call, { group, version, kind })
  if (!body) throw new StatusError(400, 'BadRequest', 'the request has no body')
  return { ...body, kind: body.kind || kind, apiVersion: body.apiVersion || apiVersion }
}

async function remove(api: KubeApi, call: Call, { namespace, name }: ResourceRequest, storage: Storage): Promise<void> {
  const options = await deleteOptions(call)
  const caller = { ...call.caller(), dryRun: options.dryRun || call.query.has('dryRun') }
  const { object, gone } = api.deleteObject(storage.stored, namespace, name!, options, caller)
  if (!gone) return call.send(200, new Shaper(call, api, storage).one(object))
  const { group, plural } = storage.info
  call.send(200, {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: { name, ...(group ? { group } : {}), kind: plural, uid: object.metadata.uid },
  })
}

async function deleteCollection(api: KubeApi, call: Call, request: ResourceRequest, storage: Storage): Promise<void> {
  const options = await deleteOptions(call)
  const select = selectionOf(api, call, request, storage)
  const found = api.store.list(resourceKey(storage.stored)).filter(select)
  for (const { metadata } of found)
    api.deleteObject(storage.stored, metadata.namespace, metadata.name, options, call.caller())
  call.send(200, new Shaper(call, api, storage).list(found, { resourceVersion: String(api.store.revision) }))
}

/** From the body, and from the query as older clients send it. */
async function deleteOptions(call: Call): Promise<DeleteOptions & { dryRun: boolean }> {
  const body = ((await readObject(call)) ?? {}) as {
    gracePeriodSeconds?: number | null
    propagationPolicy?: DeleteOptions['propagationPolicy'] | null
    orphanDependents?: boolean
    preconditions?: { uid?: string; resourceVersion?: string }
    dryRun?: string[]
  }
  const grace = body.gracePeriodSeconds ?? call.query.get('gracePeriodSeconds')
  const policy = body.propagationPolicy ?? call.query.get('propagationPolicy') ?? undefined
  if (policy && !['Background', 'Foreground', 'Orphan'].includes(policy))
    throw new StatusError(
      422,
      'Invalid',
      `propagationPolicy: Unsupported value: "${policy}": supported values: "Background", "Foreground", "Orphan"`,
    )
  return {
    ...(grace === null || grace === undefined ? {} : { gracePeriodSeconds: Number(grace) }),
    ...(policy
      ? { propagationPolicy: policy as DeleteOptions['propagationPolicy'] }
      : body.orphanDependents
        ? { propagationPolicy: 'Orphan' }
        : {}),
    ...body.preconditions,
    dryRun: body.dryRun?.includes('All') ?? false,
  }
}
