import { applyPatch as applyOperations, type Operation, Pointer } from 'rfc6902'
import { invalid } from '../api/field-error.ts'
import { isObject, type Json, mergePatch, plain } from '../api/json.ts'
import { StatusError } from '../api/status-error.ts'
import type { SchemaSource } from '../schema/open-api.ts'
import { strategicMerge } from './strategic-merge.ts'

const JSON_PATCH = 'application/json-patch+json'
const MERGE = 'application/merge-patch+json'
const STRATEGIC = 'application/strategic-merge-patch+json'
const NO_APPLY =
  'this simulated cluster does not do server-side apply; use kubectl apply without --server-side, or helm with --server-side=false'
const REJECTED = 'the server rejected our request due to an error in our request'
const MOST_OPERATIONS = 10_000

/**
 * The object that a patch of the given content type makes of another one, which stays as it is. `source` is the schema
 * of a built-in kind; without one, strategic merge patches are refused, as they are for custom resources.
 * 400 for a patch that is none, 415 for a type that is not done, 422 for a JSON patch that can't be carried out, 500
 * for directives that make no sense.
 */
export function applyPatch(type: string, current: Json, patch: unknown, source?: SchemaSource): Json {
  if (type === JSON_PATCH) return jsonPatch(current, patch)
  if (type === MERGE) {
    if (patch === null) throw new StatusError(400, 'BadRequest', 'Invalid JSON Patch')
    return plain(mergePatch(current, requireObject(patch, 'error decoding patch: '))) as Json
  }
  if (type === STRATEGIC && source) {
    return plain(patch === null ? current : strategicMerge(current, requireObject(patch, ''), source))
  }
  if (type.startsWith('application/apply-patch')) throw new StatusError(415, 'UnsupportedMediaType', NO_APPLY)
  const accepted = source ? [JSON_PATCH, MERGE, STRATEGIC] : [JSON_PATCH, MERGE]
  throw new StatusError(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  )
}

/**
 * How the API server refuses what a patch has made, where it answers a whole object by `Pod in version "v1" cannot be
 * handled as a Pod: …`: 422, and the field is `patch`. Any other error is handed back.
 */
export function patchRefusal(error: unknown, patch: unknown): unknown {
  const problem =
    error instanceof StatusError && /^\S+ in version "\S+" cannot be handled as a \S+: (.*)$/s.exec(error.message)
  if (!problem) return error
  const cause = invalid('patch', JSON.stringify(patch), problem[1]!)
  return new StatusError(422, 'Invalid', ` "" is invalid: patch: ${cause.message}`, { causes: [cause] })
}

function jsonPatch(current: Json, patch: unknown): Json {
  const unreadable = (value: unknown, type: string): StatusError =>
    new StatusError(
      400,
      'BadRequest',
      `error decoding patch: json: cannot unmarshal ${kindOf(value)} into Go value of type ${type}`,
    )
  if (!Array.isArray(patch)) throw unreadable(patch, '[]handlers.jsonPatchOp')
  if (patch.length > MOST_OPERATIONS)
    throw new StatusError(
      413,
      'RequestEntityTooLarge',
      `Request entity too large: The allowed maximum operations in a JSON patch is ${MOST_OPERATIONS}, got ${patch.length}`,
    )
  const holder = { result: plain(current) as unknown }
  for (const step of patch as unknown[]) {
    if (!isObject(step)) throw unreadable(step, 'handlers.jsonPatchOp')
    apply(holder, step)
  }
  if (!isObject(holder.result)) throw new StatusError(422, 'Invalid', REJECTED)
  return holder.result
}

/** RFC 6902 with the API server's leniencies: what is missing is null to copy and test, and replacing it adds it. */
function apply(holder: { result: unknown }, { op, path, from, value = null }: Json): void {
  if (typeof path !== 'string' || (path !== '' && !path.startsWith('/')))
    throw new StatusError(422, 'Invalid', REJECTED)
  if (path === '' && (op === 'add' || op === 'replace')) {
    holder.result = value
    return
  }
  const isThere = (pointer: string): boolean => Pointer.fromJSON(pointer).evaluate(holder.result).value !== undefined
  const { parent } = Pointer.fromJSON(path).evaluate(holder.result)
  let operation = { op, path, from, value } as Operation
  if (op === 'replace' && isObject(parent) && !isThere(path)) operation = { op: 'add', path, value }
  else if (op === 'test' && value === null && parent && !isThere(path)) return
  else if (op === 'copy' && typeof from === 'string' && from.startsWith('/') && !isThere(from))
    operation = { op: 'add', path, value: null }
  const [error] = applyOperations(holder.result, [operation])
  if (error) throw new StatusError(422, 'Invalid', REJECTED)
}

function requireObject(patch: unknown, prefix: string): Json {
  if (isObject(patch)) return patch
  const problem = `json: cannot unmarshal ${kindOf(patch)} into Go value of type map[string]interface {}`
  throw new StatusError(400, 'BadRequest', `${prefix}${problem}`)
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value
}
