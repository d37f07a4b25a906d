import { InvalidFieldError } from './errors.ts'

const binary: Record<string, bigint> = {
  Ki: 1n << 10n,
  Mi: 1n << 20n,
  Gi: 1n << 30n,
  Ti: 1n << 40n,
  Pi: 1n << 50n,
  Ei: 1n << 60n,
}
const decimal: Record<string, bigint> = {
  k: 10n ** 3n,
  M: 10n ** 6n,
  G: 10n ** 9n,
  T: 10n ** 12n,
  P: 10n ** 15n,
  E: 10n ** 18n,
}

const pattern = /^\+?(\d+)(?:\.(\d*))?(?:(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE])|[eE]([+-]?\d{1,2}))?$/

/**
 * A Kubernetes quantity as whole bytes, rounded up as Kubernetes does for storage.
 * Throws InvalidFieldError naming `field` for a malformed or negative quantity.
 * Source: k8s.io/apimachinery/pkg/api/resource.
 */
export function parseQuantity(text: string, field = 'quantity'): bigint {
  const match = pattern.exec(text.trim())
  if (!match) throw new InvalidFieldError(field, `"${text}" is not a size; write it like 100Gi, 512Mi or 1000000`)
  const [, whole = '0', fraction = '', suffix = '', exponent] = match
  let numerator = BigInt(whole + fraction)
  let denominator = 10n ** BigInt(fraction.length)
  if (exponent !== undefined) {
    const power = Number(exponent)
    if (power >= 0) numerator *= 10n ** BigInt(power)
    else denominator *= 10n ** BigInt(-power)
  } else if (suffix === 'm') denominator *= 10n ** 3n
  else if (suffix === 'u') denominator *= 10n ** 6n
  else if (suffix === 'n') denominator *= 10n ** 9n
  else if (suffix) numerator *= binary[suffix] ?? decimal[suffix] ?? 1n
  return (numerator + denominator - 1n) / denominator
}

/** As parseQuantity, or undefined where `text` is absent or malformed. For values that other systems wrote. */
export function tryParseQuantity(text: string | number | undefined | null): bigint | undefined {
  if (text === undefined || text === null) return undefined
  try {
    return parseQuantity(String(text))
  } catch {
    return undefined
  }
}

/** Bytes as the shortest exact binary quantity: 1073741824 → `1Gi`, 1500 → `1500`. */
export function formatQuantity(bytes: bigint): string {
  for (const unit of ['Ei', 'Pi', 'Ti', 'Gi', 'Mi', 'Ki'] as const) {
    const size = binary[unit]!
    if (bytes >= size && bytes % size === 0n) return `${bytes / size}${unit}`
  }
  return bytes.toString()
}

/** Bytes for people: binary units, three significant digits: `31.2 GiB`, `512 MiB`, `0 B`. */
export function formatBytes(bytes: bigint | number): string {
  const value = Number(bytes)
  const magnitude = Math.abs(value)
  if (magnitude < 1024) return `${value} B`
  const units = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB']
  let scaled = magnitude / 1024
  let index = 0
  while (scaled >= 1023.5 && index < units.length - 1) {
    scaled /= 1024
    index++
  }
  const digits = scaled >= 100 ? 0 : scaled >= 10 ? 1 : 2
  const text = scaled
    .toFixed(digits)
    .replace(/(\.\d*?)0+$/, '$1')
    .replace(/\.$/, '')
  return `${value < 0 ? '-' : ''}${text} ${units[index]}`
}

/** An int64 from JSON as bigint. Integers above 2^53 lose digits in JSON.parse; no disk is that large (8 PiB). */
export function bytesFromJson(value: number | undefined | null): bigint {
  return value === undefined || value === null || !Number.isFinite(value) ? 0n : BigInt(Math.trunc(value))
}

/** Bytes as a JSON number. Throws RangeError above 2^53, which would not be exact. */
export function bytesToJson(bytes: bigint): number {
  const value = Number(bytes)
  if (!Number.isSafeInteger(value)) throw new RangeError(`${bytes} bytes do not fit a JSON number`)
  return value
}
