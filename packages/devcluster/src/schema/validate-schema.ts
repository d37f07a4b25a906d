import { isDeepStrictEqual } from 'node:util'
import { duplicate, invalid, notSupported, required, tooLong } from '../api/field-error.ts'
import { isObject, type Json } from '../api/json.ts'
import type { StatusCause } from '../api/status-error.ts'
import { isOfFormat } from './formats.ts'
import { fieldSchema, META } from './prune.ts'
import type { JsonSchema } from './structural.ts'

/**
 * What of an object is not as its schema says, in the API server's words. What an update did not change is let be, as
 * there (ratcheting).
 */
export function validateSchema(schema: JsonSchema, object: Json, old?: Json): StatusCause[] {
  return [...validate(schema, object, '', old, true), ...listCauses(schema, object, '', old)]
}

/** The same for a value that is no resource. */
export function validateValue(schema: JsonSchema, value: unknown, path: string): StatusCause[] {
  return [...validate(schema, value, path), ...listCauses(schema, value, path)]
}

function* validate(
  schema: JsonSchema,
  value: unknown,
  path: string,
  old?: unknown,
  isResource = schema['x-kubernetes-embedded-resource'] === true,
): Iterable<StatusCause> {
  if ((old !== undefined && isDeepStrictEqual(value, old)) || (value === null && schema.nullable)) return
  const types = [...typeCauses(schema, value, path)]
  yield* types
  if (types.length === 0) {
    yield* combinedCauses(schema, value, path)
    yield* boundCauses(schema, value, path)
  }
  if (schema.enum && !schema.enum.some((one) => isDeepStrictEqual(one, value)))
    yield notSupported(path, value, schema.enum.map(String))
  if (types.length > 0) return
  if (Array.isArray(value) && schema.items) {
    const before = Array.isArray(old) ? (old as unknown[]) : []
    for (const [at, part] of value.entries()) yield* validate(schema.items, part, `${path}[${at}]`, before[at])
  } else if (isObject(value)) {
    const embedded = isResource && path !== '' ? ['apiVersion', 'kind'].filter((name) => !value[name]) : []
    const missing = (schema.required ?? []).filter((name) => !Object.hasOwn(value, name))
    for (const name of [...new Set([...embedded, ...missing])]) yield required(join(path, name))
    for (const [name, part] of Object.entries(value)) {
      const child = fieldSchema(schema, name)
      if (child && !(isResource && META.includes(name)))
        yield* validate(child, part, join(path, name), isObject(old) ? old[name] : undefined)
    }
  }
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`
}

const INT64 = 2 ** 63

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'number' && Number.isInteger(value) && value >= -INT64 && value < INT64) return 'integer'
  return typeof value
}

function* typeCauses(schema: JsonSchema, value: unknown, path: string): Iterable<StatusCause> {
  const is = typeOf(value)
  const { type, format } = schema
  if (schema['x-kubernetes-int-or-string']) {
    if (is !== 'integer' && is !== 'string') yield wrongType(path, is, 'integer,string')
  } else if (type === 'integer' && is === 'number') {
    yield format ? wrongType(path, 'float64', format) : wrongType(path, is, type)
    yield outOfRange(path, format)
  } else if (is === type && type === 'integer') {
    if (format === 'int32' && (value as number) !== ((value as number) | 0)) yield outOfRange(path, format)
  } else if (type && is !== type && !(type === 'number' && is === 'integer')) {
    // Where a format is wanted, the API server names that instead, and what it has by Go's name, if by any.
    const isNumber = type === 'string' && typeof value === 'number'
    const byFormat = format && (is === 'boolean' || is === 'object' || isNumber)
    const inGo = isNumber ? (is === 'integer' ? 'int64' : 'float64') : ''
    yield byFormat ? wrongType(path, inGo, format) : wrongType(path, is, type)
  }
}

function wrongType(field: string, is: string, type: string): StatusCause {
  const shown = JSON.stringify(is)
  const message = `Invalid value: ${shown}: ${field} in body must be of type ${type}: ${shown}`
  return { reason: 'FieldValueTypeInvalid', field, message }
}

/** The API server does not know the field of these, and says so. */
function withoutField(message: string): StatusCause {
  return { reason: 'FieldValueInvalid', field: '<nil>', message: `Invalid value: "": ${message}` }
}

function outOfRange(path: string, format: string | undefined): StatusCause {
  const wanted = format ? `integer with format ${format}` : 'integer (default format)'
  return withoutField(`Checked value must be of type ${wanted} in ${path}`)
}

function* boundCauses(schema: JsonSchema, value: unknown, path: string): Iterable<StatusCause> {
  const say = (text: string, shown = value) => invalid(path, shown, `${path} in body ${text}`)
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf, format } = schema
  if (typeof value === 'string') {
    const length = [...value].length
    // Of these only the first is told.
    if (schema.maxLength !== undefined && length > schema.maxLength) yield tooLong(path, schema.maxLength)
    else if (schema.minLength !== undefined && length < schema.minLength)
      yield say(`should be at least ${schema.minLength} chars long`)
    else if (schema.pattern !== undefined && expression(schema.pattern)?.test(value) === false)
      yield say(`should match '${schema.pattern}'`)
    if (format !== undefined && !isOfFormat(value, format)) {
      const cause = say(`must be of type ${format}: ${JSON.stringify(value)}`)
      yield { ...cause, reason: 'FieldValueTypeInvalid' }
    }
  } else if (typeof value === 'number') {
    if (multipleOf !== undefined && !Number.isInteger(value / multipleOf))
      yield say(`should be a multiple of ${multipleOf}`)
    if (maximum !== undefined && (exclusiveMaximum ? value >= maximum : value > maximum))
      yield say(`should be less than ${exclusiveMaximum ? '' : 'or equal to '}${maximum}`)
    if (minimum !== undefined && (exclusiveMinimum ? value <= minimum : value < minimum))
      yield say(`should be greater than ${exclusiveMinimum ? '' : 'or equal to '}${minimum}`)
  } else if (typeof value === 'object' && value !== null) {
    const isList = Array.isArray(value)
    const count = Object.keys(value).length
    const [least, most] = isList ? [schema.minItems, schema.maxItems] : [schema.minProperties, schema.maxProperties]
    if (least !== undefined && count < least)
      yield say(`should have at least ${least} ${isList ? 'items' : 'properties'}`, count)
    if (most !== undefined && count > most)
      yield { reason: 'FieldValueTooMany', field: path, message: `Too many: ${count}: must have at most ${most} items` }
  }
}

function* combinedCauses(schema: JsonSchema, value: unknown, path: string): Iterable<StatusCause> {
  const causesOf = (other: JsonSchema): StatusCause[] => [...validate(other, value, path, undefined, false)]
  const say = (text: string): StatusCause => withoutField(`${JSON.stringify(path)} must ${text}`)
  const { anyOf, oneOf, allOf, not } = schema
  if (anyOf) {
    const found = anyOf.map(causesOf)
    if (found.every((causes) => causes.length > 0)) {
      yield say('validate at least one schema (anyOf)')
      yield* found[0] ?? []
    }
  }
  if (oneOf) {
    const found = oneOf.map(causesOf)
    const fitting = found.filter((causes) => causes.length === 0).length
    if (fitting === 0) {
      yield say('validate one and only one schema (oneOf). Found none valid')
      yield* found[0] ?? []
    } else if (fitting > 1) yield say(`validate one and only one schema (oneOf). Found ${fitting} valid alternatives`)
  }
  if (allOf) {
    const found = allOf.map(causesOf)
    const failing = found.filter((causes) => causes.length > 0)
    yield* failing.flat()
    if (failing.length > 0)
      yield say(`validate all the schemas (allOf)${failing.length === found.length ? '. None validated' : ''}`)
  }
  if (not && causesOf(not).length === 0) yield say('not validate the schema (not)')
}

/** Sets and maps that are written as lists hold each item once. Told after everything else. */
function* listCauses(schema: JsonSchema, value: unknown, path: string, old?: unknown): Iterable<StatusCause> {
  if (old !== undefined && isDeepStrictEqual(value, old)) return
  if (Array.isArray(value)) {
    const { 'x-kubernetes-list-type': kind, 'x-kubernetes-list-map-keys': keys = [], items = {} } = schema
    const seen = new Set<string>()
    for (const [at, item] of value.entries()) {
      const field = `${path}[${at}]`
      if (kind === 'map' && !isObject(item))
        yield invalid(field, item, 'must be an object for an array of list-type map')
      else if (kind === 'map' || kind === 'set') {
        const id = kind === 'map' ? Object.fromEntries(keys.map((key) => [key, (item as Json)[key]])) : item
        const text = JSON.stringify(id)
        if (seen.has(text)) yield duplicate(field, id)
        seen.add(text)
      }
      yield* listCauses(items, item, field, Array.isArray(old) ? old[at] : undefined)
    }
  } else if (isObject(value)) {
    for (const [name, part] of Object.entries(value)) {
      const child = fieldSchema(schema, name)
      if (child) yield* listCauses(child, part, join(path, name), isObject(old) ? old[name] : undefined)
    }
  }
}

const expressions = new Map<string, RegExp | undefined>()

/** Go's expressions are RE2's; what JavaScript reads otherwise is rare in schemas. Undefined for what is none. */
export function expression(text: string): RegExp | undefined {
  if (!expressions.has(text)) expressions.set(text, compile(text, 'u') ?? compile(text, ''))
  return expressions.get(text)
}

function compile(text: string, flags: string): RegExp | undefined {
  try {
    return new RegExp(text, flags)
  } catch {
    return undefined
  }
}
