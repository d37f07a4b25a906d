/**
 * RFC 7386 merge patch: members that are null are removed, objects merge, everything else replaces. Returns a new
 * value; parts that the patch does not touch keep their identity, so that only changed rows render.
 *
 * One departure: the contracts' rows hold nulls ("unknown"), which a merge patch cannot set. A member that the row's
 * shape has is therefore set to null instead of being removed.
 */
export function mergePatch<T extends object>(target: T, patch: Record<string, unknown>): T {
  const out = { ...target } as Record<string, unknown>
  for (const [name, value] of Object.entries(patch)) {
    const held = out[name]
    out[name] = isPlainObject(value) && isPlainObject(held) ? mergePatch(held, value) : value
  }
  return out as T
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
