import type { ChainLink } from '@open-local/shared/api'
import { describe, expect, it } from 'vitest'
import { chainLanes } from './lanes.ts'

const link = (kind: ChainLink['kind'], name: string): ChainLink => ({
  kind,
  name,
  namespace: null,
  state: null,
  health: 'well',
  facts: [],
  href: null,
})

describe('chainLanes', () => {
  it('keeps every step in its place, also an empty one', () => {
    const [kubernetes, node] = chainLanes([link('PersistentVolumeClaim', 'data')])
    expect(kubernetes!.steps.map(({ kind, links }) => [kind, links.length])).toEqual([
      ['Pod', 0],
      ['PersistentVolumeClaim', 1],
      ['PersistentVolume', 0],
      ['NodeLocalVolume', 0],
    ])
    expect(node!.steps.map(({ kind }) => kind)).toEqual(['LogicalVolume', 'Pool', 'Device', 'Mount'])
  })
  it('stacks what there is several of, in the order it came', () => {
    const [, node] = chainLanes([link('Device', '/dev/vdb'), link('Mount', '/m'), link('Device', '/dev/vdc')])
    expect(node!.steps[2]!.links.map(({ name }) => name)).toEqual(['/dev/vdb', '/dev/vdc'])
  })
  it('loses no link', () => {
    const kinds = [
      'Pod',
      'PersistentVolumeClaim',
      'PersistentVolume',
      'NodeLocalVolume',
      'LogicalVolume',
      'Pool',
      'Device',
      'Mount',
    ] as const
    const lanes = chainLanes(kinds.map((kind) => link(kind, kind)))
    expect(lanes.flatMap(({ steps }) => steps).every(({ links }) => links.length === 1)).toBe(true)
  })
})
