const UNITS: Record<string, bigint> = { '': 1n, Ki: 1n << 10n, Mi: 1n << 20n, Gi: 1n << 30n, Ti: 1n << 40n }

/** A disk size as written on a command line: a whole number with Ki, Mi, Gi or Ti. Throws with what was wrong. */
export function parseSize(text: string): bigint {
  const match = text.trim().match(/^(\d+)(Ki|Mi|Gi|Ti|)$/)
  const size = BigInt(match?.[1] ?? '0') * (UNITS[match?.[2] ?? ''] ?? 0n)
  if (size < 1n << 20n) throw new Error(`"${text}" is not a disk size; write for example 8Gi, at least 1Mi`)
  return size
}
