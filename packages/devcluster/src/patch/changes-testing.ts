import { isObject, sameJson } from '../api/json.ts'

/** Paths whose value two objects do not share → the value of the second one, null for none. Lists are compared whole. */
export function changesBetween(a: unknown, b: unknown, path = ''): Record<string, unknown> {
  if (sameJson(a, b)) return {}
  if (!isObject(a) || !isObject(b)) return { [path]: b ?? null }
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort()
  return Object.assign({}, ...keys.map((key) => changesBetween(a[key], b[key], path === '' ? key : `${path}.${key}`)))
}
