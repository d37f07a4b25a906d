import { invalid } from '../api/field-error.ts'
import type { StatusCause } from '../api/status-error.ts'
import { milliOf } from '../quantity.ts'

interface Amounts {
  requests?: Record<string, string>
  limits?: Record<string, string>
}

export function quantityCauses(value: unknown, field: string, positive: boolean): StatusCause[] {
  const milli = milliOf(String(value))
  if (milli === undefined) {
    const text = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
    return [invalid(field, value, text)]
  }
  if (positive && milli <= 0n) return [invalid(field, value, 'must be greater than zero')]
  return milli < 0n ? [invalid(field, value, 'must be greater than or equal to 0')] : []
}

export function resourcesCauses(amounts: Amounts | undefined, at: string): StatusCause[] {
  const causes: StatusCause[] = []
  for (const kind of ['requests', 'limits'] as const) {
    for (const [name, value] of Object.entries(amounts?.[kind] ?? {})) {
      causes.push(...quantityCauses(value, `${at}.${kind}[${name}]`, false))
      const limit = amounts?.limits?.[name]
      if (kind === 'requests' && limit !== undefined && (milliOf(String(value)) ?? 0n) > (milliOf(String(limit)) ?? 0n))
        causes.push(invalid(`${at}.requests`, value, `must be less than or equal to ${name} limit of ${limit}`))
    }
  }
  return causes
}
