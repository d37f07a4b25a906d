import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto'
import type { Api } from '../api/api.ts'
import type { KubeObject } from '../api/object.ts'
import { StatusError } from '../api/status-error.ts'
import { serviceAccountUser, type User } from './user.ts'

export const AUDIENCE = 'https://kubernetes.default.svc'
const SHORTEST_S = 600
const DEFAULT_S = 3_600
const HEADER = base64url({ alg: 'HS256', typ: 'JWT' })

interface Named {
  name: string
  uid: string
}
interface Claims {
  iss: string
  sub: string
  aud: string[]
  exp: number
  iat: number
  jti: string
  'kubernetes.io': { namespace: string; serviceaccount: Named; pod?: Named; node?: Named; secret?: Named }
}

export interface TokenRequestSpec {
  audiences?: string[]
  expirationSeconds?: number
  boundObjectRef?: { kind?: string; apiVersion?: string; name?: string; uid?: string }
}

export interface Identity {
  user: User
  audiences: string[]
}

const resourceOfKind: Record<string, 'pods' | 'nodes' | 'secrets'> = { Pod: 'pods', Node: 'nodes', Secret: 'secrets' }

/**
 * Tokens of service accounts: JSON web tokens, signed with a key that only this server has. One is good until it
 * expires, its account is deleted, or the object it is bound to is.
 */
export class ServiceAccountTokens {
  readonly #key: string
  readonly #api: Api
  readonly #clock: () => Date

  constructor(key: string, api: Api, clock: () => Date) {
    this.#key = key
    this.#api = api
    this.#clock = clock
  }

  /** 404 and 409 when the object it is to be bound to is not there or is another one; 422 for a time that is too short. */
  issue(account: KubeObject, spec: TokenRequestSpec): { token: string; expirationTimestamp: string } {
    const { name, namespace = '', uid } = account.metadata
    const seconds = spec.expirationSeconds ?? DEFAULT_S
    if (seconds < SHORTEST_S)
      throw new StatusError(
        422,
        'Invalid',
        `spec.expirationSeconds: Invalid value: ${seconds}: may not specify a duration less than 10 minutes`,
      )
    const now = Math.floor(this.#clock().getTime() / 1000)
    const claims: Claims = {
      iss: AUDIENCE,
      sub: `system:serviceaccount:${namespace}:${name}`,
      aud: spec.audiences?.length ? spec.audiences : [AUDIENCE],
      iat: now,
      exp: now + seconds,
      jti: randomUUID(),
      'kubernetes.io': { namespace, serviceaccount: { name, uid }, ...this.#bound(namespace, spec) },
    }
    const text = `${HEADER}.${base64url(claims)}`
    const expirationTimestamp = `${new Date(claims.exp * 1000).toISOString().slice(0, 19)}Z`
    return { token: `${text}.${this.#sign(text)}`, expirationTimestamp }
  }

  /** Undefined for a token that is not one of ours, or no longer good. */
  verify(token: string, audiences: readonly string[] = [AUDIENCE]): Identity | undefined {
    const [header, body = '', signature = ''] = token.split('.')
    const expected = Buffer.from(this.#sign(`${header}.${body}`))
    const given = Buffer.from(signature)
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as Claims
    const shared = claims.aud.filter((audience) => audiences.includes(audience))
    if (shared.length === 0 || claims.exp * 1000 <= this.#clock().getTime()) return undefined
    const { namespace, serviceaccount, pod, node, secret } = claims['kubernetes.io']
    const alive = (resource: string, within: string | undefined, named: Named | undefined) =>
      !named || this.#api.get(resource, within, named.name)?.metadata.uid === named.uid
    if (!alive('serviceaccounts', namespace, serviceaccount)) return undefined
    if (!alive('pods', namespace, pod) || !alive('secrets', namespace, secret)) return undefined
    // A token that names the pod's node outlives that node; one that is bound to the node itself does not.
    if (!pod && !alive('nodes', undefined, node)) return undefined
    const extra = Object.fromEntries(
      Object.entries({
        'credential-id': `JTI=${claims.jti}`,
        'node-name': node?.name,
        'node-uid': node?.uid,
        'pod-name': pod?.name,
        'pod-uid': pod?.uid,
      }).flatMap(([key, value]) => (value === undefined ? [] : [[`authentication.kubernetes.io/${key}`, [value]]])),
    )
    return { user: serviceAccountUser(namespace, serviceaccount.name, serviceaccount.uid, extra), audiences: shared }
  }

  #bound(namespace: string, { boundObjectRef: ref }: TokenRequestSpec): { pod?: Named; node?: Named; secret?: Named } {
    if (!ref) return {}
    const resource = resourceOfKind[ref.kind ?? '']
    if (!resource || !ref.name)
      throw new StatusError(400, 'BadRequest', `cannot bind token for serviceaccount to a ${ref.kind} object`)
    const found = this.#api.get<KubeObject & { spec?: { nodeName?: string } }>(
      resource,
      resource === 'nodes' ? undefined : namespace,
      ref.name,
    )
    if (!found)
      throw new StatusError(404, 'NotFound', `${resource} "${ref.name}" not found`, { name: ref.name, kind: resource })
    const { name, uid } = found.metadata
    if (ref.uid && ref.uid !== uid) {
      const text = `the UID in the bound object reference (${ref.uid}) does not match the UID in record. The object might have been deleted and then recreated`
      throw new StatusError(409, 'Conflict', `Operation cannot be fulfilled on ${resource} "${name}": ${text}`)
    }
    const named = { name, uid }
    if (resource === 'nodes') return { node: named }
    if (resource === 'secrets') return { secret: named }
    const node = this.#api.get('nodes', undefined, found.spec?.nodeName ?? '')
    return { pod: named, ...(node ? { node: { name: node.metadata.name, uid: node.metadata.uid } } : {}) }
  }

  #sign(text: string): string {
    return createHmac('sha256', this.#key).update(text).digest('base64url')
  }
}

function base64url(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
