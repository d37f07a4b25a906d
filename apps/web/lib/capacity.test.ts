import { describe, expect, it } from 'vitest'
import { capacityBar, takenShare } from './capacity.ts'

const space = (allocatedBytes: number, reservedBytes: number, otherBytes: number, capacityBytes = 100) => ({
  capacityBytes,
  allocatedBytes,
  reservedBytes,
  otherBytes,
  availableBytes: Math.max(0, capacityBytes - allocatedBytes - reservedBytes - otherBytes),
})

describe('capacityBar', () => {
  it('covers the whole bar in one order', () => {
    const bar = capacityBar(space(30, 10, 5))
    expect(bar.parts.map(({ part }) => part)).toEqual(['allocated', 'other', 'reserved', 'available'])
    expect(bar.parts.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1)
    expect(bar).toMatchObject({ overBytes: 0, edge: 1 })
  })
  it('shows what is promised beyond the edge', () => {
    const bar = capacityBar(space(120, 5, 0))
    expect(bar.overBytes).toBe(25)
    expect(bar.edge).toBeCloseTo(0.8)
    expect(bar.parts.some(({ part }) => part === 'available')).toBe(false)
  })
  it('draws nothing for nothing', () => {
    expect(capacityBar(space(0, 0, 0, 0)).parts).toEqual([])
    expect(takenShare(space(0, 0, 0, 0))).toBe(0)
  })
})
