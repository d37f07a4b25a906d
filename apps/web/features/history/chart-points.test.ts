import { describe, expect, it } from 'vitest'
import { chartPoints, forecastPoints, type History } from './chart-points.ts'

const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString()
const sample = (minute: number, allocatedBytes: number | null) => ({
  at: at(minute),
  capacityBytes: 100,
  allocatedBytes,
  reservedBytes: 10,
  availableBytes: allocatedBytes === null ? null : 85 - allocatedBytes,
  usedBytes: 7,
})
const history = (points: History['points'], fullAt: string | null = null): History => ({
  from: at(0),
  to: at(60),
  stepSeconds: 60,
  points,
  fullAt,
})

describe('chartPoints', () => {
  it('breaks the line where a step has no sample', () => {
    const points = chartPoints(history([sample(0, 1), sample(1, 2), sample(9, 3)]))
    expect(points.map((point) => point.allocated)).toEqual([1, 2, null, 3])
  })
  it('counts what is neither ours, reserved nor available as other', () => {
    expect(chartPoints(history([sample(0, 20)]))[0]).toMatchObject({ allocated: 20, reserved: 10, other: 5 })
  })
  it('does not take unknown for zero', () => {
    expect(chartPoints(history([sample(0, null)]))[0]).toMatchObject({ allocated: null, other: null })
  })
})

describe('forecastPoints', () => {
  it('reaches the capacity at the moment it is full', () => {
    const [start, end] = forecastPoints(history([sample(60, 45)], at(70)), 'taken')
    expect(start).toMatchObject({ at: Date.parse(at(60)), forecast: 60 })
    expect(end).toMatchObject({ at: Date.parse(at(70)), forecast: 100 })
  })
  it('is drawn a quarter of the range at most, on the same slope', () => {
    const [, end] = forecastPoints(history([sample(60, 45)], at(90)), 'taken')
    expect(end).toMatchObject({ at: Date.parse(at(75)), forecast: 80 })
  })
  it('is absent when nothing fills', () => {
    expect(forecastPoints(history([sample(60, 45)]), 'taken')).toEqual([])
    expect(forecastPoints(history([]), 'used')).toEqual([])
  })
})
