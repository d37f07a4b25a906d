import type { Json } from '../api/json.ts'
import { StatusError } from '../api/status-error.ts'
import { protobufTable } from './assets.ts'

/** `string`, `int`…; a message by its type; a map by the kind of its values (`[]string` for lists of them). */
type ValueKind = string | { type: string }
type FieldKind = ValueKind | { map: ValueKind }
/** Number, JSON name (empty when its fields lie in the parent), kind, flags: r repeated, o omitted when zero. */
type TableField = [number: number, name: string, kind: FieldKind, flags: string]
export interface ProtobufTable {
  kinds: Record<string, string>
  types: Record<string, TableField[]>
}

const MAGIC = Buffer.from('k8s\0')
/** Year 1, which Go writes for a time that is not set. */
const ZERO_TIME_S = -62_135_596_800n
const YEAR_10000_S = 253_402_300_800n
/** As deep as the JSON that is read here; more would cost those who walk the object their stack. */
const DEEPEST = 1000
/** The one type that nests in itself. */
const SCHEMA = 'apiextensions-apiserver/pkg/apis/apiextensions/v1.JSONSchemaProps'

/**
 * The object in a `application/vnd.kubernetes.protobuf` body, as a client that speaks JSON would have sent it.
 * 400 for a kind or a field that the table does not know (an object that lost a field would be stored without it), and
 * for a body that is cut short. Source: k8s.io/apimachinery, runtime.Unknown.
 */
export function decodeProtobuf(body: Buffer): Json {
  if (!body.subarray(0, 4).equals(MAGIC)) throw refused('the body does not begin with the prefix k8s\\0')
  const envelope: Json = {}
  let raw: Buffer = Buffer.alloc(0)
  for (const [number, value] of fieldsOf(body.subarray(4))) {
    if (number === 1) {
      for (const [n, text] of fieldsOf(bytesOf(value)))
        envelope[n === 1 ? 'apiVersion' : 'kind'] = bytesOf(text).toString()
    } else if (number === 2) raw = bytesOf(value)
  }
  const type = protobufTable().kinds[`${envelope.apiVersion} ${envelope.kind}`]
  if (!type) throw refused(`${envelope.kind} in version "${envelope.apiVersion}" can't be read from protobuf here`)
  return { ...message(type, raw, 0), ...envelope }
}

type Wire = bigint | Buffer | number

function* fieldsOf(bytes: Buffer): Iterable<[number: number, value: Wire]> {
  let at = 0
  const varint = (): bigint => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++]
      if (byte === undefined || shift > 63n) throw refused('the body is cut short')
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return BigInt.asIntN(64, value)
    }
  }
  const take = (count: number): Buffer => {
    if (count < 0 || at + count > bytes.length) throw refused('the body is cut short')
    at += count
    return bytes.subarray(at - count, at)
  }
  while (at < bytes.length) {
    const tag = Number(varint())
    const number = tag >> 3
    if ((tag & 7) === 0) yield [number, varint()]
    else if ((tag & 7) === 1) yield [number, take(8).readDoubleLE()]
    else if ((tag & 7) === 2) yield [number, take(Number(varint()))]
    else throw refused(`field ${number} has a wire type that Kubernetes does not use`)
  }
}

function message(type: string, bytes: Buffer, depth: number): Json {
  if (depth > DEEPEST) throw refused('it is nested too deeply')
  const fields = protobufTable().types[type]!
  const object: Json = {}
  const lists = new Map<string, unknown[]>()
  const maps = new Map<string, [string, unknown][]>()
  for (const [number, value] of fieldsOf(bytes)) {
    const field = fields.find((f) => f[0] === number)
    if (!field) throw refused(`${type} has no field number ${number} here; the client speaks of a newer Kubernetes`)
    const [, name, kind, flags] = field
    if (typeof kind === 'object' && 'map' in kind) append(maps, name, entry(kind.map, bytesOf(value), depth))
    else {
      const decoded = decode(kind, value, depth)
      if (name === '') Object.assign(object, decoded)
      else if (flags.includes('r')) append(lists, name, decoded)
      else if (!(flags.includes('o') && isZero(decoded))) object[name] = decoded
    }
  }
  for (const [name, list] of lists) object[name] = list
  for (const [name, entries] of maps) object[name] = Object.fromEntries(entries)
  return object
}

function append<T>(all: Map<string, T[]>, name: string, one: T): void {
  const list = all.get(name)
  if (list) list.push(one)
  else all.set(name, [one])
}

function entry(kind: ValueKind, bytes: Buffer, depth: number): [key: string, value: unknown] {
  // An empty key or value may be left out.
  const [key, value] = [1, 2].map((number) => bytesOf(partsOf(bytes, number)[0] ?? Buffer.alloc(0))) as [Buffer, Buffer]
  return [key.toString(), kind === '[]string' ? strings(partsOf(value, 1)) : decode(kind, value, depth)]
}

function decode(kind: ValueKind, value: Wire, depth: number): unknown {
  if (typeof kind === 'object') return message(kind.type, bytesOf(value), depth + 1)
  switch (kind) {
    case 'bool':
      return whole(value) !== 0
    case 'int':
      return whole(value)
    case 'double':
      if (typeof value !== 'number') throw refused('a field is not of its type')
      return value
  }
  const bytes = bytesOf(value)
  const parts = (number: number): Wire[] => partsOf(bytes, number)
  const text = (number: number): string => bytesOf(parts(number)[0] ?? Buffer.alloc(0)).toString()
  const schemas = (number: number): Json[] => parts(number).map((part) => message(SCHEMA, bytesOf(part), depth + 1))
  switch (kind) {
    case 'string':
      return bytes.toString()
    case 'bytes':
      return bytes.toString('base64')
    case 'quantity':
      return text(1)
    case 'intOrString':
      return whole(parts(1)[0] ?? 0n) === 1 ? text(3) : whole(parts(2)[0] ?? 0n)
    case 'time':
    case 'microTime':
      return time(parts(1)[0], parts(2)[0] ?? 0n, kind === 'microTime')
    case 'raw':
      return embedded(text(1))
    case 'schemaOrArray':
      return parts(2).length > 0 ? schemas(2) : (schemas(1)[0] ?? null)
    case 'schemaOrBool':
      return schemas(2)[0] ?? whole(parts(1)[0] ?? 0n) !== 0
    case 'schemaOrStrings':
      return parts(2).length > 0 ? strings(parts(2)) : (schemas(1)[0] ?? null)
    default:
      throw refused(`a field of the type ${kind} can't be read from protobuf here; send JSON`)
  }
}

function partsOf(bytes: Buffer, number: number): Wire[] {
  return [...fieldsOf(bytes)].filter(([n]) => n === number).map(([, part]) => part)
}

function strings(parts: readonly Wire[]): string[] {
  return parts.map((part) => bytesOf(part).toString())
}

/** An object of any kind, which lies in protobuf as JSON. */
function embedded(text: string): unknown {
  try {
    return JSON.parse(text || 'null')
  } catch {
    throw refused('an object within it is no JSON')
  }
}

/** A number that JavaScript keeps as it is. */
function whole(value: Wire): number {
  if (typeof value !== 'bigint') throw refused('a field is not of its type')
  if (!Number.isSafeInteger(Number(value))) throw refused(`the number ${value} is too large here`)
  return Number(value)
}

function time(seconds: Wire | undefined, nanos: Wire, withMicros: boolean): string | null {
  if (seconds === undefined || seconds === ZERO_TIME_S) return null
  const second = whole(seconds)
  if (second < ZERO_TIME_S || second >= YEAR_10000_S) throw refused('a time is not between the years 1 and 9999')
  const text = new Date(second * 1000).toISOString().slice(0, 19)
  return withMicros ? `${text}.${String(Math.floor(whole(nanos) / 1000)).padStart(6, '0')}Z` : `${text}Z`
}

function isZero(value: unknown): boolean {
  return value === '' || value === 0 || value === false || value === null
}

function bytesOf(value: Wire): Buffer {
  if (!Buffer.isBuffer(value)) throw refused('a field is not of its type')
  return value
}

function refused(why: string): StatusError {
  return new StatusError(400, 'BadRequest', `the body can't be decoded: ${why}`)
}
