import type { Space } from '@open-local/shared/api'

export type CapacityPart = 'allocated' | 'other' | 'reserved' | 'available'

export interface CapacityBar {
  /** In drawing order; shares of the bar's whole width, those of nothing left out. */
  parts: { part: CapacityPart; bytes: number; share: number }[]
  /** Promised beyond what there is. */
  overBytes: number
  /** Where the capacity ends, as a share of the bar: 1 unless more is promised. */
  edge: number
}

/** How a capacity bar is drawn, everywhere: allocated, other, reserved, available; promises past the edge stay visible. */
export function capacityBar(space: Space): CapacityBar {
  const taken = space.allocatedBytes + space.otherBytes + space.reservedBytes
  const whole = Math.max(space.capacityBytes, taken)
  const overBytes = Math.max(0, taken - space.capacityBytes)
  if (whole <= 0) return { parts: [], overBytes: 0, edge: 1 }
  const all: [CapacityPart, number][] = [
    ['allocated', space.allocatedBytes],
    ['other', space.otherBytes],
    ['reserved', space.reservedBytes],
    ['available', Math.max(0, whole - taken)],
  ]
  return {
    parts: all.filter(([, bytes]) => bytes > 0).map(([part, bytes]) => ({ part, bytes, share: bytes / whole })),
    overBytes,
    edge: overBytes > 0 ? space.capacityBytes / whole : 1,
  }
}

/** Bytes that cannot be promised any more, over-promises included. */
export function takenBytes(space: Space): number {
  return space.allocatedBytes + space.otherBytes + space.reservedBytes
}

export function takenShare(space: Space): number {
  return space.capacityBytes > 0 ? takenBytes(space) / space.capacityBytes : 0
}
