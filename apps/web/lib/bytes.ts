const GIB = 1024 ** 3
const units = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'] as const

/** Bytes in GiB for a column that names its unit: three significant digits, whole numbers from 1,000 up. */
export function gibibytes(bytes: number, locale: string): string {
  return digits(bytes / GIB, locale)
}

/** Bytes with the unit that leaves one to four digits before the point: `31.2 GiB`, `512 MiB`, `0 B`. */
export function bytesInWords(bytes: number, locale: string): string {
  let value = Math.abs(bytes)
  if (value < 1024) return `${digits(bytes, locale)} B`
  let unit = -1
  while (value >= 1023.5 && unit < units.length - 1) {
    value /= 1024
    unit++
  }
  return `${digits(bytes < 0 ? -value : value, locale)} ${units[unit]}`
}

/** `part` of `whole` as 0–100 %, finer than a percent only where a percent would read as none or all. */
export function percent(part: number, whole: number, locale: string): string {
  if (whole <= 0) return '—'
  const share = part / whole
  const fine = (share > 0 && share < 0.01) || (share < 1 && share > 0.99)
  return new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: fine ? 1 : 0 }).format(share)
}

function digits(value: number, locale: string): string {
  const options: Intl.NumberFormatOptions =
    Math.abs(value) >= 999.5 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 3 }
  return new Intl.NumberFormat(locale, options).format(value)
}
