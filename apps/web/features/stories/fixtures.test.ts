import * as api from '@open-local/shared/api'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import * as fixtures from './fixtures.ts'

describe('story fixtures', () => {
  it.each([
    ['overview', api.overview, fixtures.overview],
    ['quiet overview', api.overview, fixtures.quietOverview],
    ['new overview', api.overview, fixtures.newOverview],
    ['nodes', z.array(api.nodeRow), fixtures.nodes],
    ['node', api.nodeDetail, fixtures.nodeDetail],
    ['bare node', api.nodeDetail, fixtures.bareNode],
    ['volumes', z.array(api.volumeRow), [...fixtures.volumes, ...fixtures.manyVolumes]],
    ['volume', api.volumeDetail, fixtures.volumeDetail],
    ['pending volume', api.volumeDetail, fixtures.pendingVolume],
    ['history', api.getHistory.reply, fixtures.history()],
  ])('%s is what the contract promises', (_name, contract, fixture) => {
    expect(contract.parse(fixture)).toEqual(fixture)
  })
  it('runs of a disk do not overlap', () => {
    for (const { name, extents, sizeBytes } of fixtures.nodeDetail.disks) {
      const ends = extents.map((extent) => extent.startBytes + extent.sizeBytes)
      expect({ name, inOrder: extents.slice(1).every((extent, index) => extent.startBytes >= ends[index]!) }).toEqual({
        name,
        inOrder: true,
      })
      expect(Math.max(...ends)).toBeLessThanOrEqual(sizeBytes)
    }
  })
})
