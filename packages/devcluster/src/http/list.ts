import type { KubeApi } from '../api/kube-api.ts'
import { type KubeObject, keyOf } from '../api/object.ts'
import { resourceKey } from '../api/resources.ts'
import { StatusError } from '../api/status-error.ts'
import type { Call } from './call.ts'
import type { ResourceRequest } from './request-info.ts'
import { selectionOf } from './selection.ts'
import { Shaper, type Storage } from './shape.ts'

interface Continue {
  revision: number
  after: string
}

/**
 * A page of a list, in the order of keys. Pages of one list show the same moment, as long as the history goes back to
 * it; 410 Expired then. `staleRevisions` makes an answer from the cache (`resourceVersion=0`) that much older.
 */
export function list(api: KubeApi, call: Call, request: ResourceRequest, storage: Storage, staleRevisions = 0): void {
  const { query } = call
  const select = selectionOf(api, call, request, storage)
  const resource = resourceKey(storage.stored)
  const token = query.get('continue')
  const from = token ? parseContinue(token) : undefined
  const asked = query.get('resourceVersion') ?? ''
  const revision = from?.revision ?? revisionOf(api, asked, query.get('resourceVersionMatch'), staleRevisions)
  const all = api.store.listAt(resource, revision).filter(select)
  const keyed = all.map((object) => [keyOf(object), object] as const).sort(([a], [b]) => (a < b ? -1 : 1))
  const rest = from ? keyed.filter(([key]) => key > from.after) : keyed
  const limit = Number(query.get('limit') ?? 0)
  const page = limit > 0 ? rest.slice(0, limit) : rest
  const remaining = rest.length - page.length
  const metadata = {
    resourceVersion: String(revision),
    ...(remaining > 0
      ? {
          continue: Buffer.from(JSON.stringify({ revision, after: page.at(-1)![0] } satisfies Continue)).toString(
            'base64url',
          ),
          ...(query.get('labelSelector') || query.get('fieldSelector') ? {} : { remainingItemCount: remaining }),
        }
      : {}),
  }
  const objects: KubeObject[] = page.map(([, object]) => object)
  call.send(200, new Shaper(call, api, storage).list(objects, metadata))
}

function revisionOf(api: KubeApi, asked: string, match: string | null, staleRevisions: number): number {
  const { revision } = api.store
  const number = parseRevision(asked)
  if (match && asked === '')
    throw new StatusError(
      422,
      'Invalid',
      'resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
    )
  if (number === 0) return Math.max(1, revision - staleRevisions)
  if (number === undefined) return revision
  if (number > revision) throw tooLarge(number, revision)
  return match === 'Exact' ? number : revision
}

/** `''` is undefined. 400 for what is no number. */
export function parseRevision(text: string): number | undefined {
  if (text === '') return undefined
  if (!/^\d+$/.test(text))
    throw new StatusError(
      400,
      'BadRequest',
      `Invalid value: "${text}": strconv.ParseUint: parsing "${text}": invalid syntax`,
    )
  return Number(text)
}

export function tooLarge(asked: number, current: number): StatusError {
  return new StatusError(504, 'Timeout', `Timeout: Too large resource version: ${asked}, current: ${current}`, {
    retryAfterSeconds: 1,
  })
}

function parseContinue(token: string): Continue {
  try {
    const { revision, after } = JSON.parse(Buffer.from(token, 'base64url').toString()) as Continue
    if (typeof revision === 'number' && typeof after === 'string') return { revision, after }
  } catch {
    // Falls through to the refusal.
  }
  throw new StatusError(400, 'BadRequest', 'continue key is not valid: it is none of this server')
}
