import { annotations, InvalidFieldError, parseQuantity } from '@open-local/shared'

/** How much of a VolumeGroup of a size is held back. */
export type Reservation = (group: string, totalBytes: bigint) => bigint

const FIELD = `metadata.annotations["${annotations.storageReserved}"]`

export const noReservation: Reservation = () => 0n

/**
 * The reservation annotation: JSON, VolumeGroup name → quantity (`100Gi`) or percentage of the group (`10%`).
 * InvalidFieldError, naming the group, when any of it can't be read.
 */
export function parseReservation(text: string | undefined): Reservation {
  if (text === undefined || text.trim() === '') return noReservation
  let raw: unknown
  try {
    raw = JSON.parse(text)
  } catch (cause) {
    throw new InvalidFieldError(FIELD, 'is not JSON; write it like {"open-local-pool-0":"10%"}', { cause })
  }
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw))
    throw new InvalidFieldError(FIELD, 'is not an object; write it like {"open-local-pool-0":"10%"}')
  const byGroup = new Map(Object.entries(raw).map(([group, value]) => [group, parseAmount(group, value)] as const))
  return (group, totalBytes) => {
    const wanted = byGroup.get(group)?.(totalBytes) ?? 0n
    return wanted > totalBytes ? totalBytes : wanted
  }
}

function parseAmount(group: string, value: unknown): (totalBytes: bigint) => bigint {
  const field = `${FIELD}["${group}"]`
  if (typeof value !== 'string') throw new InvalidFieldError(field, 'is not text; write "100Gi" or "10%"')
  if (!value.endsWith('%')) {
    const bytes = parseQuantity(value, field)
    return () => bytes
  }
  const percent = /^\d+(\.\d+)?%$/.test(value) ? Number.parseFloat(value) : Number.NaN
  if (!(percent >= 0 && percent <= 100))
    throw new InvalidFieldError(field, `"${value}" is not a percentage from 0% to 100%`)
  const millionths = BigInt(Math.round(percent * 10_000))
  return (totalBytes) => (totalBytes * millionths) / 1_000_000n
}
