import { isObject, type Json, sameJson } from '../api/json.ts'
import { StatusError } from '../api/status-error.ts'
import { type OpenApiSchema, resolved, type SchemaSource } from '../schema/open-api.ts'

const ORDER = '$setElementOrder/'
const DELETE_FROM = '$deleteFromPrimitiveList/'

/**
 * A strategic merge patch: lists whose schema names a merge key are merged item by item, others are replaced; `$patch`,
 * `$retainKeys`, `$setElementOrder/…` and `$deleteFromPrimitiveList/…` are directives and end up in no object. What is
 * new in a list comes first, as in the API server, unless the patch says its order. 400 and 500 as there for
 * directives that make no sense. Source: sig-api-machinery's strategic-merge-patch document.
 */
export function strategicMerge(current: Json, patch: Json, source: SchemaSource): Json {
  return new Merge(source).object(current, patch, source.schema)
}

class Merge {
  readonly #source: SchemaSource

  constructor(source: SchemaSource) {
    this.#source = source
  }

  object(current: Json, patch: Json, raw: OpenApiSchema | undefined): Json {
    const { $patch, $retainKeys, ...changes } = patch
    if ($patch === 'replace') return withoutDirectives(changes) as Json
    if ($patch === 'delete') return {}
    if ($patch !== undefined && $patch !== 'merge') throw unknownDirective(patch)
    const schema = raw && resolved(raw, this.#source)
    const fields = $retainKeys === undefined ? { ...current } : retained(current, changes, $retainKeys)
    const result = new Map(Object.entries(fields))
    for (const name of listsOf(changes)) {
      const child = schema?.properties?.[name] ?? schema?.additionalProperties
      const list = this.#list(fields[name], changes, name, child)
      if (list) result.set(name, list)
    }
    for (const [key, value] of Object.entries(changes)) {
      if (key.startsWith(ORDER) || key.startsWith(DELETE_FROM) || Array.isArray(value)) continue
      const child = schema?.properties?.[key] ?? schema?.additionalProperties
      const old = fields[key]
      if (value === null) result.delete(key)
      // What is not there yet can't be changed by a directive.
      else if (isObject(value))
        result.set(key, isObject(old) ? this.object(old, value, child) : withoutDirectives(value))
      else result.set(key, value)
    }
    return Object.fromEntries(result)
  }

  /** The list of this name after the patch; undefined when there is none. */
  #list(current: unknown, changes: Json, name: string, raw: OpenApiSchema | undefined): unknown[] | undefined {
    const schema = raw && resolved(raw, this.#source)
    const patch = changes[name] as unknown[] | null | undefined
    if (patch === null) return undefined
    const wanted = changes[`${ORDER}${name}`]
    if (wanted !== undefined && !Array.isArray(wanted))
      throw refused(500, `expected a []interface {}, but received a ${goKind(wanted)}`)
    const gone = changes[`${DELETE_FROM}${name}`]
    const old = Array.isArray(current) ? (current as unknown[]) : []
    if (!patch && !Array.isArray(current)) return undefined
    const merges = schema?.['x-kubernetes-patch-strategy']?.split(',').includes('merge')
    if (patch && (!merges || patch.some((item) => isObject(item) && item.$patch === 'replace')))
      return withoutDirectives(patch.filter((item) => !isObject(item) || item.$patch !== 'replace')) as unknown[]
    const key = schema?.['x-kubernetes-patch-merge-key']
    const same = (a: unknown, b: unknown): boolean =>
      key === undefined ? sameJson(a, b) : isObject(a) && isObject(b) && sameJson(a[key], b[key])
    const stay = (patch ?? []).filter((item) => !isObject(item) || item.$patch !== 'delete')
    const places = stay.map((item) => wanted?.findIndex((other) => same(item, other)) ?? 0)
    if (places.some((place, at) => place < 0 || place < (places[at - 1] ?? 0)))
      throw refused(
        500,
        `The order in patch list:\n${shown(stay)}\n doesn't match $setElementOrder list:\n${shown(wanted)}\n`,
      )
    const kept = Array.isArray(gone) ? old.filter((item) => !gone.some((other) => sameJson(item, other))) : old
    const merged = key === undefined ? union(kept, patch ?? []) : this.#items(kept, patch ?? [], key, schema?.items)
    return inOrder(merged, wanted ?? patch ?? [], old, same)
  }

  #items(old: readonly unknown[], patch: readonly unknown[], key: string, items?: OpenApiSchema): unknown[] {
    const result = [...old]
    for (const item of patch) {
      if (!isObject(item)) throw refused(500, `list element types are not identical: ${shown(patch)}`)
      if (item[key] === undefined) throw refused(500, `map: ${shown(item)} does not contain declared merge key: ${key}`)
      const at = result.findIndex((other) => isObject(other) && sameJson(other[key], item[key]))
      if (item.$patch === 'delete') {
        if (at >= 0) result.splice(at, 1)
      } else if (item.$patch !== undefined && item.$patch !== 'merge') throw unknownDirective(item)
      else if (at < 0) result.push(withoutDirectives(item))
      else result[at] = this.object(result[at] as Json, item, items)
    }
    return result
  }
}

/** Lists that a patch changes, orders, or takes members from. */
function listsOf(changes: Json): Set<string> {
  const names = Object.entries(changes).flatMap(([key, value]) => {
    const directive = [ORDER, DELETE_FROM].find((prefix) => key.startsWith(prefix))
    return directive ? [key.slice(directive.length)] : Array.isArray(value) ? [key] : []
  })
  return new Set(names)
}

function retained(current: Json, changes: Json, keys: unknown): Json {
  const isListed = (key: string): boolean => Array.isArray(keys) && keys.includes(key)
  if (Object.entries(changes).some(([key, value]) => value !== null && !key.startsWith('$') && !isListed(key)))
    throw refused(400, 'invalid patch format of retainKeys')
  if (!Array.isArray(keys)) throw refused(400, 'invalid patch format of retainKeys')
  return Object.fromEntries(Object.entries(current).filter(([key]) => keys.includes(key)))
}

function union(old: readonly unknown[], patch: readonly unknown[]): unknown[] {
  const result = [...old]
  for (const item of patch) if (!result.some((other) => sameJson(item, other))) result.push(item)
  return result
}

/**
 * What the patch names comes in its order; what only the live list has is put between, each as early as the live
 * list's order lets it.
 */
function inOrder(
  merged: readonly unknown[],
  wanted: readonly unknown[],
  live: readonly unknown[],
  same: (a: unknown, b: unknown) => boolean,
): unknown[] {
  const placeIn = (list: readonly unknown[], item: unknown): number => list.findIndex((other) => same(item, other))
  const named = merged.filter((item) => placeIn(wanted, item) >= 0)
  named.sort((a, b) => placeIn(wanted, a) - placeIn(wanted, b))
  const others = merged.filter((item) => placeIn(wanted, item) < 0)
  others.sort((a, b) => placeIn(live, a) - placeIn(live, b))
  const result: unknown[] = []
  for (const item of named) {
    const place = placeIn(live, item)
    while (others.length > 0 && placeIn(live, others[0]) < place) result.push(others.shift())
    result.push(item)
  }
  return [...result, ...others]
}

/** What a patch adds is part of the object: at any depth without directives, and without null. */
function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDirectives)
  if (!isObject(value)) return value
  const kept = Object.entries(value).filter(([key, part]) => part !== null && !isDirective(key))
  return Object.fromEntries(kept.map(([key, part]) => [key, withoutDirectives(part)]))
}

function isDirective(key: string): boolean {
  return key === '$patch' || key === '$retainKeys' || key.startsWith(ORDER) || key.startsWith(DELETE_FROM)
}

function unknownDirective(patch: Json): StatusError {
  return refused(500, `unknown patch type: ${patch.$patch} in map: ${shown(patch)}`)
}

function goKind(value: unknown): string {
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64'
  return typeof value === 'boolean' ? 'bool' : typeof value === 'string' ? 'string' : 'map[string]interface {}'
}

/** As Go's fmt shows maps and slices. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(shown).join(' ')}]`
  if (!isObject(value)) return value === null ? '<nil>' : String(value)
  const parts = Object.keys(value).sort()
  return `map[${parts.map((key) => `${key}:${shown(value[key])}`).join(' ')}]`
}

/** The API server gives no reason for its own 500. */
function refused(code: 400 | 500, message: string): StatusError {
  return new StatusError(code, code === 400 ? 'BadRequest' : '', message)
}
