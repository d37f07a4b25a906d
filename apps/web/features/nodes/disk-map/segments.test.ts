import type { Extent } from '@open-local/shared/api'
import { describe, expect, it } from 'vitest'
import { segmentsOf } from './segments.ts'

const run = (kind: Extent['kind'], startBytes: number, sizeBytes: number, label = kind as string): Extent => ({
  kind,
  startBytes,
  sizeBytes,
  label,
  claim: null,
  volumeId: null,
  own: kind === 'logicalVolume',
})

describe('segmentsOf', () => {
  it('covers the whole disk, in order', () => {
    const segments = segmentsOf({
      sizeBytes: 1000,
      extents: [run('free', 500, 500), run('metadata', 0, 10), run('logicalVolume', 10, 490)],
    })
    expect(segments.map(({ extent }) => extent.kind)).toEqual(['metadata', 'logicalVolume', 'free'])
    expect(segments.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1)
  })
  it('calls what nobody described unknown, not free', () => {
    const segments = segmentsOf({ sizeBytes: 1000, extents: [run('partition', 100, 200)] })
    expect(segments.map(({ extent }) => [extent.kind, extent.startBytes, extent.sizeBytes])).toEqual([
      ['unknown', 0, 100],
      ['partition', 100, 200],
      ['unknown', 300, 700],
    ])
  })
  it('says which segments are drawn larger than they are', () => {
    const segments = segmentsOf({ sizeBytes: 10_000, extents: [run('metadata', 0, 1), run('free', 1, 9_999)] })
    expect(segments.map(({ enlarged }) => enlarged)).toEqual([true, false])
  })
  it('gives neighbouring volumes different shades', () => {
    const volumes = [0, 1, 2].map((n) => run('logicalVolume', n * 100, 100, `v${n}`))
    expect(segmentsOf({ sizeBytes: 300, extents: volumes }).map(({ shade }) => shade)).toEqual(['a', 'b', 'a'])
  })
  it('draws many small neighbours together and keeps their bytes', () => {
    const volumes = Array.from({ length: 1000 }, (_, n) => run('logicalVolume', n * 10, 10))
    const segments = segmentsOf({ sizeBytes: 20_000, extents: [...volumes, run('free', 10_000, 10_000)] })
    expect(segments.length).toBeLessThan(150)
    expect(segments.reduce((sum, { runs }) => sum + runs, 0)).toBe(1001)
    expect(segments.reduce((sum, { extent }) => sum + extent.sizeBytes, 0)).toBe(20_000)
  })
  it('leaves out empty runs, and has nothing for a disk of no size', () => {
    expect(segmentsOf({ sizeBytes: 10, extents: [run('data', 0, 0), run('free', 0, 10)] })).toHaveLength(1)
    expect(segmentsOf({ sizeBytes: 0, extents: [] })).toEqual([])
  })
})
