import { forbidden, invalid, notSupported, required } from '../api/field-error.ts'
import { isObject, type Json } from '../api/json.ts'
import type { StatusCause } from '../api/status-error.ts'
import { prune } from './prune.ts'
import { expression, validateValue } from './validate-schema.ts'

/** A structural schema of a CustomResourceDefinition. */
export interface JsonSchema {
  type?: string
  format?: string
  description?: string
  properties?: Record<string, JsonSchema>
  additionalProperties?: JsonSchema | boolean
  items?: JsonSchema
  required?: string[]
  default?: unknown
  enum?: unknown[]
  nullable?: boolean
  pattern?: string
  minLength?: number
  maxLength?: number
  minimum?: number
  maximum?: number
  exclusiveMinimum?: boolean
  exclusiveMaximum?: boolean
  multipleOf?: number
  minItems?: number
  maxItems?: number
  uniqueItems?: boolean
  minProperties?: number
  maxProperties?: number
  allOf?: JsonSchema[]
  anyOf?: JsonSchema[]
  oneOf?: JsonSchema[]
  not?: JsonSchema
  'x-kubernetes-int-or-string'?: boolean
  'x-kubernetes-preserve-unknown-fields'?: boolean
  'x-kubernetes-embedded-resource'?: boolean
  'x-kubernetes-list-type'?: string
  'x-kubernetes-list-map-keys'?: string[]
  'x-kubernetes-map-type'?: string
  'x-kubernetes-validations'?: { rule: string }[]
}

const TYPES = ['array', 'boolean', 'integer', 'number', 'object', 'string']
const UNSUPPORTED = ['$ref', 'additionalItems', 'definitions', 'dependencies', 'id', 'patternProperties']
/** What a schema inside anyOf, oneOf, allOf and not must leave to the one around it, and how the refusal is worded. */
const CORE_ONLY: Partial<Record<keyof JsonSchema, string>> = {
  type: 'must be empty to be structural',
  description: 'must be empty to be structural',
  default: 'must be undefined to be structural',
  additionalProperties: 'must be undefined to be structural',
  nullable: 'must be false to be structural',
  'x-kubernetes-int-or-string': 'must be false to be structural',
  'x-kubernetes-preserve-unknown-fields': 'must be false to be structural',
  'x-kubernetes-embedded-resource': 'must be false to be structural',
}

function* children(schema: JsonSchema): Iterable<[step: string, child: JsonSchema]> {
  for (const [name, child] of Object.entries(schema.properties ?? {})) yield [`.properties[${name}]`, child]
  if (isObject(schema.additionalProperties)) yield ['.additionalProperties', schema.additionalProperties as JsonSchema]
  if (isObject(schema.items)) yield ['.items', schema.items as JsonSchema]
}

function* alternatives(schema: JsonSchema): Iterable<[step: string, child: JsonSchema]> {
  for (const junctor of ['allOf', 'anyOf', 'oneOf'] as const)
    for (const [at, child] of (schema[junctor] ?? []).entries()) yield [`.${junctor}[${at}]`, child]
  if (schema.not) yield ['.not', schema.not]
}

/** Whether there are CEL rules in it, which nobody here evaluates. */
export function hasRules(schema: JsonSchema): boolean {
  if (schema['x-kubernetes-validations']?.length) return true
  return [...children(schema)].some(([, child]) => hasRules(child))
}

/**
 * What keeps a schema from being structural, in the API server's words: every value has a type, and says either its
 * fields or its values. `at` is the path of the whole schema.
 */
export function checkStructural(schema: JsonSchema, at: string): StatusCause[] {
  const causes: StatusCause[] = []
  if (!schema.type) causes.push(required(`${at}.type`, 'must not be empty at the root'))
  else if (schema.type !== 'object') causes.push(invalid(`${at}.type`, schema.type, 'must be object at the root'))
  if (schema.nullable) causes.push(forbidden(`${at}.nullable`, 'nullable cannot be true at the root'))
  const { apiVersion, kind, metadata } = schema.properties ?? {}
  for (const [name, own, type] of [
    ['apiVersion', apiVersion, 'string'],
    ['kind', kind, 'string'],
    ['metadata', metadata, 'object'],
  ] as const) {
    if (own?.type && own.type !== type)
      causes.push(invalid(`${at}.properties[${name}].type`, own.type, `must be ${type}`))
  }
  if (Object.keys(metadata?.properties ?? {}).some((name) => name !== 'name' && name !== 'generateName'))
    causes.push(
      forbidden(
        `${at}.properties[metadata]`,
        'must not specify anything other than name and generateName, but metadata is implicitly specified',
      ),
    )
  return [...causes, ...checkCore(schema, at, undefined)]
}

/** `place` is what the schema describes; undefined at the root. */
function* checkCore(schema: JsonSchema, at: string, place: string | undefined): Iterable<StatusCause> {
  const { type, items, properties, additionalProperties, pattern } = schema
  const preserves = schema['x-kubernetes-preserve-unknown-fields']
  for (const key of UNSUPPORTED) if (key in schema) yield forbidden(`${at}.${key}`, `${key} is not supported`)
  const embeds = schema['x-kubernetes-embedded-resource']
  if (!type && place && !schema['x-kubernetes-int-or-string'] && !preserves && !embeds)
    yield required(`${at}.type`, `must not be empty for specified ${place}`)
  if (type && !TYPES.includes(type)) yield notSupported(`${at}.type`, type, TYPES)
  if (type === 'array' && !items) yield required(`${at}.items`, 'must be specified')
  if (Array.isArray(items)) yield forbidden(`${at}.items`, 'items must be a schema object and not an array')
  if (properties && additionalProperties)
    yield forbidden(`${at}.additionalProperties`, 'additionalProperties and properties are mutual exclusive')
  if (schema.uniqueItems)
    yield forbidden(
      `${at}.uniqueItems`,
      'uniqueItems cannot be set to true since the runtime complexity becomes quadratic',
    )
  if (pattern !== undefined && !expression(pattern))
    yield invalid(`${at}.pattern`, pattern, "must be a valid regular expression, but isn't")
  if (preserves === false)
    yield invalid(`${at}.x-kubernetes-preserve-unknown-fields`, false, 'must be true or undefined')
  if (embeds) yield* checkEmbedded(schema, at)
  yield* checkListType(schema, at)
  const mapType = schema['x-kubernetes-map-type']
  if (mapType !== undefined && mapType !== 'atomic' && mapType !== 'granular')
    yield notSupported(`${at}.x-kubernetes-map-type`, mapType, ['atomic', 'granular'])
  const below = [...children(schema)].flatMap(([step, child]) => [
    ...checkCore(child, `${at}${step}`, step === '.items' ? 'array items' : 'object fields'),
  ])
  yield* below
  for (const [step, child] of alternatives(schema)) yield* checkInner(child, `${at}${step}`, schema)
  // A default is held against a sound schema only.
  if (schema.default !== undefined && below.length === 0) yield* checkDefault(schema, at)
}

function* checkEmbedded({ type, properties, ...schema }: JsonSchema, at: string): Iterable<StatusCause> {
  if (!properties && !schema['x-kubernetes-preserve-unknown-fields'])
    yield required(
      `${at}.properties`,
      'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields',
    )
  const wanted = 'must be object if x-kubernetes-embedded-resource is true'
  if (!type) yield required(`${at}.type`, wanted)
  else if (type !== 'object') yield invalid(`${at}.type`, type, wanted)
}

function* checkListType(schema: JsonSchema, at: string): Iterable<StatusCause> {
  const { type, items, 'x-kubernetes-list-type': listType, 'x-kubernetes-list-map-keys': keys = [] } = schema
  if (listType === undefined) {
    if (keys.length > 0)
      yield required(`${at}.x-kubernetes-list-type`, 'must be map if x-kubernetes-list-map-keys is non-empty')
    return
  }
  if (!['atomic', 'set', 'map'].includes(listType))
    yield notSupported(`${at}.x-kubernetes-list-type`, listType, ['atomic', 'set', 'map'])
  if (type !== 'array')
    return yield invalid(`${at}.type`, type ?? '', 'must be array if x-kubernetes-list-type is specified')
  if (listType === 'set' && items?.type === 'object' && items['x-kubernetes-map-type'] !== 'atomic')
    yield invalid(
      `${at}.items.x-kubernetes-map-type`,
      items['x-kubernetes-map-type'] ?? null,
      'must be atomic as item of a list with x-kubernetes-list-type=set',
    )
  if (listType !== 'map') return
  if (keys.length === 0)
    yield required(`${at}.x-kubernetes-list-map-keys`, 'must not be empty if x-kubernetes-list-type is map')
  if (items && items.type !== 'object')
    yield invalid(
      `${at}.items.type`,
      items.type ?? '',
      "must be object if parent array's x-kubernetes-list-type is map",
    )
  if (keys.some((key) => items?.properties?.[key] === undefined)) {
    if (keys.length > 0)
      yield invalid(`${at}.x-kubernetes-list-map-keys`, keys, 'entries must all be names of item properties')
    return
  }
  for (const key of keys) {
    if (items?.properties?.[key]?.default === undefined && !items?.required?.includes(key))
      yield required(
        `${at}.items.properties[${key}].default`,
        'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property',
      )
  }
}

/** `core` is the schema around it: one of int-or-string may name its two types. */
function* checkInner(schema: JsonSchema, at: string, core: JsonSchema): Iterable<StatusCause> {
  for (const [key, wanted] of Object.entries(CORE_ONLY)) {
    const value = schema[key as keyof JsonSchema]
    if (value === undefined || value === false) continue
    if (key === 'type' && core['x-kubernetes-int-or-string'] && (value === 'integer' || value === 'string')) continue
    yield forbidden(`${at}.${key}`, wanted)
  }
  if (schema.pattern !== undefined && !expression(schema.pattern))
    yield invalid(`${at}.pattern`, schema.pattern, "must be a valid regular expression, but isn't")
  for (const [step, child] of [...Object.entries(schema.properties ?? {})])
    yield* checkInner(child, `${at}.properties[${step}]`, {})
  if (isObject(schema.items)) yield* checkInner(schema.items as JsonSchema, `${at}.items`, {})
  for (const [step, child] of alternatives(schema)) yield* checkInner(child, `${at}${step}`, core)
}

function* checkDefault(schema: JsonSchema, at: string): Iterable<StatusCause> {
  const value = schema.default
  const { pruned } = prune({ type: 'object', properties: { value: schema } }, { value } as Json)
  if (pruned.length > 0) return yield invalid(`${at}.default`, value, 'must not have unknown fields')
  for (const cause of validateValue(schema, value, ''))
    yield { ...cause, field: cause.field === '' ? `${at}.default` : `${at}.default.${cause.field}` }
}
