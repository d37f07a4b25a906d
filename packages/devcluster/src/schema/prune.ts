import { isObject, type Json } from '../api/json.ts'
import type { JsonSchema } from './structural.ts'

/** What every resource has, said by its schema or not. */
export const META: readonly string[] = ['apiVersion', 'kind', 'metadata']

/** The schema of one field: its own, or that of all values of a map. */
export function fieldSchema(schema: JsonSchema, name: string): JsonSchema | undefined {
  const own = schema.properties && Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined
  if (own) return own
  if (schema.additionalProperties === true) return {}
  return isObject(schema.additionalProperties) ? (schema.additionalProperties as JsonSchema) : undefined
}

/**
 * The object without the fields that its schema does not have, and their paths in order. `onMeta` may put something
 * else for what every resource has, in the object itself and in those that it embeds.
 */
export function prune(
  schema: JsonSchema,
  object: Json,
  onMeta: (name: string, value: unknown, path: string) => unknown = (_, value) => value,
): { object: Json; pruned: string[] } {
  const pruned: string[] = []
  const visit = (of: JsonSchema, value: unknown, path: string, isResource: boolean): unknown => {
    if (Array.isArray(value)) {
      const { items } = of
      if (items) return value.map((part, at) => visit(items, part, `${path}[${at}]`, embeds(items)))
      return of['x-kubernetes-preserve-unknown-fields']
        ? value
        : value.map((part, at) => visit({}, part, `${path}[${at}]`, false))
    }
    if (!isObject(value)) return value
    const kept: [string, unknown][] = []
    for (const [key, part] of Object.entries(value)) {
      const child = fieldSchema(of, key)
      const at = path === '' ? key : `${path}.${key}`
      if (isResource && META.includes(key)) kept.push([key, onMeta(key, part, at)])
      else if (child) kept.push([key, visit(child, part, at, embeds(child))])
      else if (of['x-kubernetes-preserve-unknown-fields']) kept.push([key, part])
      else pruned.push(at)
    }
    return Object.fromEntries(kept)
  }
  return { object: visit(schema, object, '', true) as Json, pruned: pruned.sort() }
}

function embeds(schema: JsonSchema): boolean {
  return schema['x-kubernetes-embedded-resource'] === true
}

/**
 * A copy with the defaults of the schema where fields are missing, or null without being allowed to be; such a null
 * without a default is no field.
 */
export function applyDefaults<T>(schema: JsonSchema, value: T): T {
  if (Array.isArray(value)) {
    const { items } = schema
    return (items ? value.map((part) => applyDefaults(items, part)) : value) as T
  }
  if (!isObject(value)) return value
  const filled: Json = { ...value }
  for (const [key, child] of Object.entries(schema.properties ?? {})) {
    if (child.default === undefined || Object.hasOwn(filled, key)) continue
    filled[key] = structuredClone(child.default)
  }
  for (const [key, part] of Object.entries(filled)) {
    const child = fieldSchema(schema, key)
    if (!child) continue
    if (part !== null || child.nullable) filled[key] = applyDefaults(child, part)
    else if (child.default !== undefined) filled[key] = applyDefaults(child, structuredClone(child.default))
    else delete filled[key]
  }
  return filled as T
}
