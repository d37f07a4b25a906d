import type { listNodes, listVolumes, NodeDetail, Overview, ReplyOf, VolumeDetail } from '@open-local/shared/api'
import { type InfiniteData, QueryClient } from '@tanstack/react-query'
import { beforeEach, describe, expect, it } from 'vitest'
import { node, nodeDetail, nodes, overview, volume, volumeDetail, volumes } from '../stories/fixtures.ts'
import { applyChanges } from './apply-changes.ts'

type VolumePages = InfiniteData<ReplyOf<typeof listVolumes>, number>
const generatedAt = new Date(0).toISOString()

let client: QueryClient
const heldVolumes = (query: object = {}) => client.getQueryData<VolumePages>(['volumes', query])!
const keys = (held: VolumePages) => held.pages.flatMap((page) => page.items.map((row) => row.key))

beforeEach(() => {
  client = new QueryClient()
  client.setQueryData(['overview'], overview)
  client.setQueryData(['nodes'], { items: nodes, generatedAt })
  client.setQueryData(['node', 'worker-1'], nodeDetail)
  client.setQueryData(['volume', 'default/data-postgres-0'], volumeDetail)
  client.setQueryData(['volumes', {}], {
    pages: [{ items: volumes, total: volumes.length, generatedAt }],
    pageParams: [0],
  })
})

describe('applyChanges', () => {
  it('patches a row wherever it is shown, and leaves every other row as it is', () => {
    const before = heldVolumes().pages[0]!.items
    applyChanges(client, [{ resource: 'volumes', key: 'default/data-postgres-0', patch: { phase: 'Failed' } }])
    const after = heldVolumes().pages[0]!.items
    expect(after[0]!.phase).toBe('Failed')
    expect(after.slice(1).every((row, index) => row === before[index + 1])).toBe(true)
    expect(client.getQueryData<VolumeDetail>(['volume', 'default/data-postgres-0'])!.volume.phase).toBe('Failed')
    expect(client.getQueryData<NodeDetail>(['node', 'worker-1'])!.volumes[0]!.phase).toBe('Failed')
  })

  it('adds a row that comes whole, counts it, and removes it again', () => {
    applyChanges(client, [{ resource: 'volumes', key: 'default/new', patch: { ...volume('new') } }])
    expect(keys(heldVolumes())).toContain('default/new')
    expect(heldVolumes().pages[0]!.total).toBe(volumes.length + 1)
    applyChanges(client, [{ resource: 'volumes', key: 'default/new', patch: null }])
    expect(keys(heldVolumes())).not.toContain('default/new')
    expect(heldVolumes().pages[0]!.total).toBe(volumes.length)
  })

  it('does not take a part of an unknown row for a row', () => {
    applyChanges(client, [{ resource: 'volumes', key: 'default/unheld', patch: { phase: 'Ready' } }])
    expect(keys(heldVolumes())).toHaveLength(volumes.length)
  })

  it('applies several changes of one row in order', () => {
    applyChanges(client, [
      { resource: 'nodes', key: 'worker-1', patch: { volumeCount: 1, health: 'critical' } },
      { resource: 'nodes', key: 'worker-1', patch: { volumeCount: 2 } },
    ])
    const row = client.getQueryData<ReplyOf<typeof listNodes>>(['nodes'])!.items.find(({ name }) => name === 'worker-1')
    expect(row).toMatchObject({ volumeCount: 2, health: 'critical' })
    expect(client.getQueryData<NodeDetail>(['node', 'worker-1'])!.node.volumeCount).toBe(2)
  })

  it('follows nodes that come and go', () => {
    applyChanges(client, [
      { resource: 'nodes', key: 'worker-9', patch: { ...node('worker-9', nodes[0]!.space) } },
      { resource: 'nodes', key: 'worker-2', patch: null },
    ])
    const names = client.getQueryData<ReplyOf<typeof listNodes>>(['nodes'])!.items.map(({ name }) => name)
    expect(names).toContain('worker-9')
    expect(names).not.toContain('worker-2')
  })

  it('moves a pool in the overview only where it is listed, and in its node', () => {
    const [pool] = nodeDetail.pools
    applyChanges(client, [
      { resource: 'pools', key: pool!.key, patch: { volumeCount: 99 } },
      {
        resource: 'pools',
        key: 'worker-7/VolumeGroup/unlisted',
        patch: { ...pool, key: 'worker-7/VolumeGroup/unlisted' },
      },
    ])
    const { fullestPools } = client.getQueryData<Overview>(['overview'])!
    expect(fullestPools).toHaveLength(overview.fullestPools.length)
    expect(fullestPools.find(({ key }) => key === pool!.key)!.volumeCount).toBe(99)
    expect(client.getQueryData<NodeDetail>(['node', 'worker-1'])!.pools[0]!.volumeCount).toBe(99)
  })

  it('says which details a row cannot bring up to date, and only those that are held', () => {
    const outdated = applyChanges(client, [
      { resource: 'volumes', key: 'default/data-postgres-0', patch: { phase: 'Ready' } },
      { resource: 'pools', key: 'worker-8/VolumeGroup/x', patch: { volumeCount: 1 } },
    ])
    expect(outdated).toEqual([
      ['volume', 'default/data-postgres-0'],
      ['node', 'worker-1'],
    ])
  })

  it('asks the server again where only it knows a row’s place', () => {
    const page = { items: volumes.slice(0, 2), total: 9000, generatedAt }
    client.setQueryData(['volumes', { q: 'x' }], { pages: [page], pageParams: [0] })
    const outdated = applyChanges(client, [{ resource: 'volumes', key: 'default/new', patch: { ...volume('new') } }])
    expect(outdated).toContainEqual(['volumes', { q: 'x' }])
    expect(keys(heldVolumes({ q: 'x' }))).toHaveLength(2)
  })

  it('holds nothing for pages that were never opened', () => {
    const fresh = new QueryClient()
    expect(applyChanges(fresh, [{ resource: 'nodes', key: 'worker-1', patch: { health: 'well' } }])).toEqual([])
    expect(fresh.getQueryCache().getAll()).toEqual([])
  })
})
