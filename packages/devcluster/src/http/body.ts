import { isObject, type Json } from '../api/json.ts'
import { StatusError } from '../api/status-error.ts'
import { strictError } from '../schema/check-fields.ts'
import { parseJson, parsePatch } from '../schema/parse-json.ts'
import type { Call } from './call.ts'
import { decodeProtobuf } from './protobuf.ts'

const PROTOBUF = 'application/vnd.kubernetes.protobuf'

/** What the body is taken for when it is refused. */
interface Kind {
  group: string
  version: string
  kind: string
}

const OPTIONS: Kind = { group: '', version: 'v1', kind: 'DeleteOptions' }

/** The object in the body, from JSON or protobuf; undefined when there is no body. 400, 413 and 415. */
export async function readObject(call: Call, kind: Kind = OPTIONS): Promise<Json | undefined> {
  const body = await call.body()
  if (body.length === 0) return undefined
  const type = contentType(call)
  if (type === PROTOBUF) return decodeProtobuf(body)
  if (type !== 'application/json' && type !== '')
    throw new StatusError(
      415,
      'UnsupportedMediaType',
      `the body of the request was in an unknown format - accepted media types include: application/json, ${PROTOBUF}`,
    )
  const { value, duplicates } = parseJson(body.toString('utf8'), kind.kind)
  tellDuplicates(call, duplicates, kind)
  if (isObject(value)) return value
  throw new StatusError(
    400,
    'BadRequest',
    `the object provided is unrecognized (must be of type ${kind.kind}): couldn't get version/kind`,
  )
}

/** The body of a patch: an object, or the list of a JSON patch. */
export async function readPatch(call: Call): Promise<{ type: string; patch: unknown }> {
  const body = await call.body()
  const type = contentType(call)
  // Refused by their type, whatever is in them.
  if (!type.endsWith('+json')) return { type, patch: {} }
  return { type, patch: parsePatch(body.toString('utf8'), type).value }
}

function tellDuplicates(call: Call, duplicates: readonly string[], kind: Kind): void {
  if (duplicates.length === 0) return
  const problems = duplicates.map((field) => `duplicate field "${field}"`)
  const validation = call.query.get('fieldValidation') || 'Warn'
  if (validation === 'Strict') throw strictError(kind, problems)
  if (validation === 'Warn') for (const problem of problems) call.warn(problem)
}

function contentType(call: Call): string {
  return (call.header('content-type') ?? '').split(';')[0]!.trim()
}
