const SUFFIXES: Record<string, bigint> = {
  '': 1n,
  k: 10n ** 3n,
  M: 10n ** 6n,
  G: 10n ** 9n,
  T: 10n ** 12n,
  P: 10n ** 15n,
  E: 10n ** 18n,
  Ki: 1n << 10n,
  Mi: 1n << 20n,
  Gi: 1n << 30n,
  Ti: 1n << 40n,
  Pi: 1n << 50n,
  Ei: 1n << 60n,
}

const QUANTITY = /^([+-]?)(\d*)(?:\.(\d*))?(?:(m|u|n|[kMGTPE]i?|Ki)|[eE]([+-]?\d+))?$/

/** A Kubernetes quantity in thousandths, rounded up; undefined when it is none. */
export function milliOf(text: string): bigint | undefined {
  const match = QUANTITY.exec(text)
  if (!match || (match[2] === '' && !match[3])) return undefined
  const [, sign, whole = '', fraction = '', suffix = '', exponent] = match
  const digits = BigInt(`${whole}${fraction}` || '0')
  let [up, down] = [1000n, 10n ** BigInt(fraction.length)]
  if (suffix === 'm') down *= 1000n
  else if (suffix === 'u') down *= 10n ** 6n
  else if (suffix === 'n') down *= 10n ** 9n
  else up *= SUFFIXES[suffix] ?? 1n
  if (exponent) {
    const power = 10n ** BigInt(Math.abs(Number(exponent)))
    if (exponent.startsWith('-')) down *= power
    else up *= power
  }
  const milli = (digits * up + down - 1n) / down
  return sign === '-' ? -milli : milli
}

/** A quantity in whole units (bytes, pods), rounded up; 0 for what is absent or no quantity. */
export function unitsOf(text: string | undefined): bigint {
  const milli = text === undefined ? undefined : milliOf(text)
  return milli === undefined ? 0n : milli > 0n ? (milli + 999n) / 1000n : milli / 1000n
}

/** Bytes as Kubernetes writes them: the largest binary unit that is exact. */
export function quantityOf(bytes: bigint): string {
  if (bytes === 0n) return '0'
  for (const suffix of ['Ei', 'Pi', 'Ti', 'Gi', 'Mi', 'Ki']) {
    if (bytes % SUFFIXES[suffix]! === 0n) return `${bytes / SUFFIXES[suffix]!}${suffix}`
  }
  return String(bytes)
}
