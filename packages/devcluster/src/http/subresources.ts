import type { TokenRequestSpec } from '../access/tokens.ts'
import type { Json } from '../api/json.ts'
import type { KubeObject } from '../api/object.ts'
import { StatusError } from '../api/status-error.ts'
import type { Pod } from '../kinds.ts'
import { applyPatch } from '../patch/apply-patch.ts'
import { readPatch } from './body.ts'
import type { Call } from './call.ts'
import type { ResourceRequest } from './request-info.ts'
import { objectOf, type RouteContext } from './resource-routes.ts'
import type { Storage } from './shape.ts'

type Handler = (context: RouteContext, call: Call, request: ResourceRequest, storage: Storage) => Promise<void>

/** Subresources that are more than a part of the object: `status` and `finalize` are only that. */
export const subresources: Record<string, Handler | undefined> = { scale, binding, eviction, token }

interface Scalable extends KubeObject {
  spec: { replicas?: number; selector?: { matchLabels?: Record<string, string> } }
  status?: { replicas?: number }
}

async function scale({ api }: RouteContext, call: Call, request: ResourceRequest, { stored }: Storage): Promise<void> {
  const show = ({ metadata, spec, status }: Scalable): Json => ({
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: {
      name: metadata.name,
      namespace: metadata.namespace,
      uid: metadata.uid,
      resourceVersion: metadata.resourceVersion,
      creationTimestamp: metadata.creationTimestamp,
    },
    spec: { replicas: spec.replicas ?? 0 },
    status: {
      replicas: status?.replicas ?? 0,
      selector: Object.entries(spec.selector?.matchLabels ?? {})
        .map(([key, value]) => `${key}=${value}`)
        .join(','),
    },
  })
  const name = request.name!
  const current = api.getObject(stored, request.namespace, name) as Scalable
  if (request.verb === 'get') return call.send(200, show(current))
  let wanted: Json
  if (request.verb === 'patch') {
    const { type, patch } = await readPatch(call)
    wanted = applyPatch(type, show(current), patch)
  } else wanted = await objectOf(call, 'Scale', 'autoscaling/v1')
  const { replicas } = (wanted.spec ?? {}) as { replicas?: unknown }
  if (!Number.isInteger(replicas) || (replicas as number) < 0)
    throw new StatusError(
      422,
      'Invalid',
      `Scale.autoscaling "${name}" is invalid: spec.replicas: Invalid value: ${replicas}: must be greater than or equal to 0`,
    )
  const { resourceVersion } = (wanted.metadata ?? {}) as { resourceVersion?: string }
  const apply = (old: KubeObject) =>
    ({
      ...old,
      metadata: { ...old.metadata, ...(resourceVersion ? { resourceVersion } : {}) },
      spec: { ...(old as Scalable).spec, replicas },
    }) as unknown as Json
  call.send(200, show(api.updateObject(stored, request.namespace, name, apply, call.caller()) as Scalable))
}

/** What a scheduler that is no part of this server uses. */
async function binding(
  { api }: RouteContext,
  call: Call,
  request: ResourceRequest,
  { stored }: Storage,
): Promise<void> {
  const body = await objectOf(call, 'Binding', 'v1')
  const target = (body.target as { name?: string } | undefined)?.name
  if (!target) throw new StatusError(422, 'Invalid', 'target.name: Required value')
  const { namespace, name } = request
  const pod = api.getObject(stored, namespace, name!) as Pod
  if (pod.spec.nodeName)
    throw new StatusError(
      409,
      'Conflict',
      `Operation cannot be fulfilled on pods/binding "${name}": pod ${name} is already assigned to node "${pod.spec.nodeName}"`,
    )
  api.patch('pods', namespace, name!, { spec: { nodeName: target } })
  const { conditions = [] } = pod.status ?? {}
  const scheduled = { type: 'PodScheduled', status: 'True', lastTransitionTime: api.now() }
  const status = {
    conditions: [...conditions.filter(({ type }) => type !== 'PodScheduled'), scheduled],
    nominatedNodeName: null,
  }
  api.patch('pods', namespace, name!, { status }, 'status')
  call.send(201, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 })
}

/** Budgets are kept but not counted: an eviction is a deletion. */
async function eviction(
  { api }: RouteContext,
  call: Call,
  request: ResourceRequest,
  { stored }: Storage,
): Promise<void> {
  const body = await objectOf(call, 'Eviction', 'policy/v1')
  api.deleteObject(stored, request.namespace, request.name!, deleteOptionsOf(body), call.caller())
  call.send(201, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 })
}

function deleteOptionsOf(body: Json): { gracePeriodSeconds?: number } {
  const { gracePeriodSeconds } = (body.deleteOptions ?? {}) as { gracePeriodSeconds?: number }
  return gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }
}

async function token(
  { api, access }: RouteContext,
  call: Call,
  request: ResourceRequest,
  { stored }: Storage,
): Promise<void> {
  const body = await objectOf(call, 'TokenRequest', 'authentication.k8s.io/v1')
  const spec = (body.spec ?? {}) as TokenRequestSpec
  const account = api.getObject(stored, request.namespace, request.name!)
  const status = access.tokens.issue(account, spec)
  call.send(201, {
    ...body,
    metadata: { name: request.name, namespace: request.namespace, creationTimestamp: api.now() },
    status,
  })
}
