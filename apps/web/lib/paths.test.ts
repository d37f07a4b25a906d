import * as api from '@open-local/shared/api'
import { describe, expect, it } from 'vitest'
import { paths } from './paths.ts'

describe('paths', () => {
  it('are those of the contracts', () => {
    expect(paths).toEqual({
      overview: api.getOverview.path,
      nodes: api.listNodes.path,
      node: api.getNode.path,
      volumes: api.listVolumes.path,
      volume: api.getVolume.path,
      history: api.getHistory.path,
      stream: api.STREAM_PATH,
    })
  })
})
