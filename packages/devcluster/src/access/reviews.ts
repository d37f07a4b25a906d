import type { Json } from '../api/json.ts'
import { StatusError } from '../api/status-error.ts'
import type { Attributes, Rbac } from './rbac.ts'
import { AUDIENCE, type ServiceAccountTokens } from './tokens.ts'
import type { User } from './user.ts'

interface ReviewSpec {
  token?: string
  audiences?: string[]
  user?: string
  uid?: string
  groups?: string[]
  extra?: Record<string, string[]>
  namespace?: string
  resourceAttributes?: {
    verb?: string
    group?: string
    resource?: string
    subresource?: string
    namespace?: string
    name?: string
  }
  nonResourceAttributes?: { verb?: string; path?: string }
}

export interface Access {
  rbac: Rbac
  tokens: ServiceAccountTokens
}

/** Questions that are answered by the object that asks them, and kept nowhere. */
export const reviews: Record<string, (body: Json, user: User, access: Access, namespace?: string) => Json> = {
  'tokenreviews.authentication.k8s.io': (body, _, { tokens }) => {
    const { token = '', audiences = [] } = specOf(body)
    const identity = tokens.verify(token, audiences.length > 0 ? audiences : [AUDIENCE])
    const status = identity
      ? { authenticated: true, user: userInfo(identity.user), audiences: identity.audiences }
      : { user: {}, error: 'invalid bearer token' }
    return { ...body, status }
  },
  'selfsubjectreviews.authentication.k8s.io': (body, user) => ({ ...body, status: { userInfo: userInfo(user) } }),
  'subjectaccessreviews.authorization.k8s.io': (body, _, { rbac }) => {
    const spec = specOf(body)
    if (!spec.user && !spec.groups?.length)
      throw new StatusError(
        422,
        'Invalid',
        'spec.user: Invalid value: "": at least one of user or group must be specified',
      )
    return decided(body, spec, { name: spec.user ?? '', groups: spec.groups ?? [] }, rbac)
  },
  'localsubjectaccessreviews.authorization.k8s.io': (body, _, { rbac }, namespace) => {
    const spec = specOf(body)
    if (spec.resourceAttributes?.namespace !== namespace)
      throw new StatusError(
        422,
        'Invalid',
        `spec.resourceAttributes.namespace: Invalid value: must match metadata.namespace`,
      )
    return decided(body, spec, { name: spec.user ?? '', groups: spec.groups ?? [] }, rbac)
  },
  'selfsubjectaccessreviews.authorization.k8s.io': (body, user, { rbac }) => decided(body, specOf(body), user, rbac),
  'selfsubjectrulesreviews.authorization.k8s.io': (body, user, { rbac }) => {
    const rules = rbac.rulesOf(user, specOf(body).namespace ?? 'default')
    return {
      ...body,
      status: {
        resourceRules: rules.filter((rule) => rule.resources),
        nonResourceRules: rules.filter((rule) => rule.nonResourceURLs),
        incomplete: false,
      },
    }
  },
}

function specOf(body: Json): ReviewSpec {
  return (body.spec ?? {}) as ReviewSpec
}

function decided(body: Json, spec: ReviewSpec, user: User, rbac: Rbac): Json {
  const { resourceAttributes: asked, nonResourceAttributes: path } = spec
  if (!asked === !path)
    throw new StatusError(
      422,
      'Invalid',
      'spec: exactly one of nonResourceAttributes or resourceAttributes must be specified',
    )
  const attributes: Attributes = asked
    ? {
        ...asked,
        verb: asked.verb ?? '',
        group: asked.group ?? '',
        resource: asked.resource ?? '',
        subresource: asked.subresource || undefined,
      }
    : { verb: path?.verb ?? '', path: path?.path ?? '' }
  const { allowed, reason } = rbac.authorize(user, attributes)
  return { ...body, status: { allowed, ...(reason ? { reason } : {}) } }
}

function userInfo({ name, uid, groups, extra }: User): Json {
  return { username: name, ...(uid ? { uid } : {}), groups, ...(extra ? { extra } : {}) }
}
