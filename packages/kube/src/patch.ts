import type { KubeClient } from './client.ts'
import { type KubeObject, keyOf, type ResourceType } from './resource.ts'

/** Any JSON value. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** RFC 6902. */
export type JsonPatch = (
  | { op: 'add' | 'replace' | 'test'; path: string; value: unknown }
  | { op: 'remove'; path: string }
)[]

/**
 * The smallest RFC 7386 patch that turns `before` into `after`, undefined when they are equal. Lists are replaced
 * whole; a key that `after` lacks, or holds as undefined, is removed.
 */
export function mergePatchOf(before: object, after: object): Record<string, Json> | undefined {
  const patch: Record<string, Json> = {}
  const old = before as Record<string, unknown>
  const next = after as Record<string, unknown>
  for (const key of new Set([...Object.keys(old), ...Object.keys(next)])) {
    const was = old[key]
    const is = next[key]
    if (is === undefined) {
      if (was !== undefined) patch[key] = null
    } else if (isRecord(was) && isRecord(is)) {
      const inner = mergePatchOf(was, is)
      if (inner !== undefined) patch[key] = inner
    } else if (!deepEqual(was, is)) patch[key] = is as Json
  }
  return Object.keys(patch).length === 0 ? undefined : patch
}

/** RFC 7386 itself: `target` with `patch` applied; neither is changed. */
export function applyMergePatch(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch
  const result: Record<string, unknown> = isRecord(target) ? { ...target } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key]
    else if (value !== undefined) result[key] = applyMergePatch(result[key], value)
  }
  return result
}

/** Makes a JSON patch conditional on the version that it was computed from. */
export function guardedBy(object: KubeObject, patch: JsonPatch): JsonPatch {
  return [{ op: 'test', path: '/metadata/resourceVersion', value: object.metadata.resourceVersion }, ...patch]
}

/** One segment of a JSON pointer, escaped (RFC 6901). */
export function pointerPart(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1')
}

/**
 * The object carrying `finalizer`; no request when it already does. ABORTED when the object was changed since it was
 * read: finalizers are a list that a merge patch replaces whole, so an unguarded write could drop another's.
 */
export async function addFinalizer<T extends KubeObject>(
  client: KubeClient,
  type: ResourceType<T>,
  object: T,
  finalizer: string,
): Promise<T> {
  const finalizers = object.metadata.finalizers ?? []
  if (finalizers.includes(finalizer)) return object
  return writeFinalizers(client, type, object, [...finalizers, finalizer])
}

/** The object without `finalizer`; the server deletes it when that was the last. NOT_FOUND when it is gone already. */
export async function removeFinalizer<T extends KubeObject>(
  client: KubeClient,
  type: ResourceType<T>,
  object: T,
  finalizer: string,
): Promise<T> {
  const finalizers = object.metadata.finalizers ?? []
  if (!finalizers.includes(finalizer)) return object
  return writeFinalizers(
    client,
    type,
    object,
    finalizers.filter((f) => f !== finalizer),
  )
}

function writeFinalizers<T extends KubeObject>(
  client: KubeClient,
  type: ResourceType<T>,
  object: T,
  finalizers: string[],
): Promise<T> {
  const { name, namespace, resourceVersion, uid } = object.metadata
  if (!resourceVersion) throw new TypeError(`${type.kind} ${keyOf(object)} was not read from a server`)
  // The uid keeps the patch off a namesake that was created since.
  return client.patch(type, name, { metadata: { uid, resourceVersion, finalizers } }, { namespace })
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function deepEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((x, i) => deepEqual(x, b[i]))
  if (!isRecord(a) || !isRecord(b)) return false
  const present = (r: Record<string, unknown>) => Object.keys(r).filter((key) => r[key] !== undefined)
  const keys = present(a)
  return keys.length === present(b).length && keys.every((key) => deepEqual(a[key], b[key]))
}
