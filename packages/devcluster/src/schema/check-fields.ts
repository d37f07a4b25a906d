import { isObject, type Json } from '../api/json.ts'
import { StatusError } from '../api/status-error.ts'
import { milliOf } from '../quantity.ts'
import { type OpenApiSchema, refOf, resolved, type SchemaSource } from './open-api.ts'

export interface Checked {
  /** The object without the fields that its kind does not have, and without those that are null. */
  object: Json
  /** Paths of the fields that its kind does not have. */
  unknown: string[]
}

interface Kind {
  kind: string
  version: string
}

/** Where a value stands, as Go tells it: `Container.spec.containers.name`, without indexes. */
interface Place {
  struct: string
  path: string
}

const QUANTITY = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/

/** How the API server refuses a body that it can't read as this kind. */
export function unreadable({ kind, version }: Kind, problem: string): StatusError {
  return new StatusError(
    400,
    'BadRequest',
    `${kind} in version "${version}" cannot be handled as a ${kind}: ${problem}`,
  )
}

/** The refusal under `fieldValidation=Strict`; a problem is `unknown field "spec.foo"`, `duplicate field "spec.a"`. */
export function strictError(kind: Kind, problems: readonly string[]): StatusError {
  return unreadable(kind, `strict decoding error: ${problems.join(', ')}`)
}

/**
 * Holds an object of a built-in kind against its schema. A value of the wrong type is 400 with its path, as from the
 * API server's strict reading into Go structs; unknown fields are told of, and left out. `wrap` may
 * say more about where a problem is.
 */
export function checkFields(
  source: SchemaSource,
  object: Json,
  kind: Kind,
  wrap = (problem: string): string => problem,
): Checked {
  const unknown: string[] = []
  const wrong = (place: Place, value: unknown, type: string): never => {
    // A number that is none of the wanted sort is told itself.
    const number = /^u?int/.test(type) && typeof value === 'number' ? `number ${value}` : typeof value
    const got = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : number
    const field = place.path === '' ? 'value' : `struct field ${place.struct}.${place.path}`
    throw unreadable(kind, wrap(`json: cannot unmarshal ${got} into Go ${field} of type ${type}`))
  }

  const visit = (raw: OpenApiSchema, value: unknown, at: string, place: Place): unknown => {
    const schema = resolved(raw, source)
    // Told only when something is wrong.
    const refuse = (): never => wrong(place, value, goType(raw, source))
    const isQuantity = refOf(raw)?.endsWith('.Quantity')
    if (value === null) return isQuantity ? '0' : nothing(schema)
    if (isQuantity) return quantity(kind, value)
    if (schema.format === 'int-or-string')
      return typeof value === 'string' || isInteger(value, 'int32') ? value : wrong(place, value, 'int32')
    if (schema.properties) {
      if (!isObject(value)) return refuse()
      const struct = nameOf(raw) ?? place.struct
      const kept: [string, unknown][] = []
      for (const [key, part] of Object.entries(value)) {
        const child = Object.hasOwn(schema.properties, key) ? schema.properties[key] : undefined
        const below = join(at, key)
        if (!child) unknown.push(below)
        else if (part !== null || isAnything(resolved(child, source)))
          kept.push([key, visit(child, part, below, { struct, path: join(place.path, key) })])
      }
      return Object.fromEntries(kept)
    }
    if (schema.additionalProperties) {
      const of = schema.additionalProperties
      if (!isObject(value)) return wrong(place, value, mapType(of, source))
      const parts = Object.entries(value).map(([key, part]) => [key, visit(of, part, join(at, key), place)])
      return Object.fromEntries(parts) as Json
    }
    if (schema.type === 'array') {
      if (!Array.isArray(value)) return refuse()
      return value.map((part, index) => visit(schema.items ?? {}, part, `${at}[${index}]`, place))
    }
    if (schema.type === 'string') {
      if (typeof value !== 'string') return refuse()
      if (schema.format === 'byte') checkBase64(kind, value)
      if (schema.format === 'date-time') checkTime(kind, value, nameOf(raw) === 'MicroTime')
    }
    if (schema.type === 'boolean' && typeof value !== 'boolean') return refuse()
    if (schema.type === 'integer' && !isInteger(value, schema.format)) return refuse()
    if (schema.type === 'number' && typeof value !== 'number') return refuse()
    return value
  }
  return { object: visit(source.schema, object, '', { struct: kind.kind, path: '' }) as Json, unknown }
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`
}

/** Any JSON: raw extensions, and what a CustomResourceDefinition gives as default or enum. */
function isAnything(schema: OpenApiSchema): boolean {
  return !schema.properties && !schema.additionalProperties && !schema.oneOf && (schema.type ?? 'object') === 'object'
}

/** What Go makes of a null in a list or a map. */
function nothing(schema: OpenApiSchema): unknown {
  if (isAnything(schema)) return null
  if (schema.properties || schema.additionalProperties) return {}
  return schema.type === 'string' ? '' : schema.type === 'array' ? [] : schema.type === 'boolean' ? false : 0
}

function isInteger(value: unknown, format: string | undefined): boolean {
  if (!Number.isInteger(value)) return false
  return format === 'int32' ? value === ((value as number) | 0) : Math.abs(value as number) <= 2 ** 63
}

function quantity(kind: Kind, value: unknown): unknown {
  const isText = typeof value === 'string' || typeof value === 'number'
  const milli = isText ? milliOf(String(value)) : undefined
  if (milli === undefined) throw unreadable(kind, QUANTITY)
  if (typeof value === 'string') return value
  return milli % 1000n === 0n ? String(milli / 1000n) : `${milli}m`
}

function checkTime(kind: Kind, value: string, isMicro: boolean): void {
  if (TIME.test(value) && !Number.isNaN(Date.parse(value))) return
  const layout = isMicro ? '2006-01-02T15:04:05.000000Z07:00' : '2006-01-02T15:04:05Z07:00'
  throw unreadable(
    kind,
    `parsing time ${JSON.stringify(value)} as "${layout}": cannot parse ${JSON.stringify(value)} as "2006"`,
  )
}

function checkBase64(kind: Kind, value: string): void {
  const text = value.replaceAll(/[\r\n]/g, '')
  const good = /^[A-Za-z0-9+/]*={0,2}/.exec(text)![0].length
  if (good < text.length || text.length % 4 !== 0)
    throw unreadable(
      kind,
      `illegal base64 data at input byte ${good < text.length ? good : text.length - (text.length % 4)}`,
    )
}

/** `PodSpec` of `#/components/schemas/io.k8s.api.core.v1.PodSpec`. */
function nameOf(raw: OpenApiSchema): string | undefined {
  return refOf(raw)?.split('.').at(-1)
}

/** The Go type behind a schema, as far as the schema tells: named strings, lists and maps look like plain ones. */
function goType(raw: OpenApiSchema, source: SchemaSource): string {
  const schema = resolved(raw, source)
  const ref = refOf(raw)
  if (ref?.endsWith('.Quantity')) return 'resource.Quantity'
  if (ref && schema.properties) return ref.split('.').slice(-2).join('.')
  if (schema.additionalProperties) return mapType(schema.additionalProperties, source)
  if (schema.type === 'array') return `[]${goType(schema.items ?? {}, source)}`
  if (schema.type === 'integer') return schema.format ?? 'int64'
  if (schema.type === 'boolean') return 'bool'
  if (schema.type === 'number') return 'float64'
  return schema.format === 'byte' ? '[]uint8' : 'string'
}

function mapType(of: OpenApiSchema, source: SchemaSource): string {
  const type = goType(of, source)
  return type === 'resource.Quantity' ? 'v1.ResourceList' : `map[string]${type}`
}
