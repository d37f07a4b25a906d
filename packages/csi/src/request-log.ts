const hidden = '***'

/** `secrets` is every field the specification marks csi_secret; mount flags may carry passwords too, it says. */
const secretFields = new Set(['secrets', 'mountFlags'])

/** The kubelet puts the pod's tokens into the volume context when the CSIDriver asks for them. */
const secretKeys = new Set(['csi.storage.k8s.io/serviceAccount.tokens'])

/**
 * A request as it may be logged: secret values hidden with their keys left, 64-bit numbers and times as strings.
 * The request itself is not changed.
 */
export function loggable(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Date) return value.toISOString()
  if (value instanceof Uint8Array) return `${value.length} bytes`
  if (Array.isArray(value)) return value.map(loggable)
  if (typeof value !== 'object' || value === null) return value
  return mapValues(value, (name, field) => {
    if (secretKeys.has(name)) return hidden
    return secretFields.has(name) ? hide(field) : loggable(field)
  })
}

function hide(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(() => hidden)
  if (typeof value === 'object' && value !== null) return mapValues(value, () => hidden)
  return hidden
}

function mapValues(object: object, map: (name: string, value: unknown) => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, map(name, value)]))
}
