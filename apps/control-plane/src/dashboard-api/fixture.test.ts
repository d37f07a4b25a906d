import { errorReply, getHistory, getNode, getOverview, getVolume, listNodes, listVolumes } from '@open-local/shared/api'
import pino from 'pino'
import { Registry } from 'prom-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fixtureHistory } from '../../test/fixture/fixture-history.ts'
import { seedFixture } from '../../test/fixture/seed-fixture.ts'
import { DRIVER, type FakeCluster, startFakeCluster } from '../testing/fake-cluster.ts'
import { Hub } from './hub.ts'
import { buildServer } from './server.ts'

let cluster: FakeCluster
let hub: Hub
let server: Awaited<ReturnType<typeof buildServer>>
const log = pino({ level: 'silent' })

beforeAll(async () => {
  cluster = await startFakeCluster()
  const nowMs = Date.now()
  await seedFixture(cluster, nowMs)
  const history = fixtureHistory(cluster.books)
  const clusterInfo = { name: 'fixture', kubernetesVersion: 'v1.36.0', driver: DRIVER }
  hub = new Hub({
    view: cluster.cache.view,
    books: cluster.books,
    history,
    cluster: clusterInfo,
    log,
    now: () => nowMs,
  })
  server = await buildServer({ hub, history, metrics: new Registry(), ready: () => true, log })
})
afterAll(async () => {
  hub.close()
  await server.close()
  await cluster.close()
})

const get = async (url: string) => server.inject({ method: 'GET', url, headers: { host: 'localhost:7081' } })
const json = async (url: string) => (await get(url)).json() as unknown

describe('on a realistic fleet', () => {
  it('every reply of every verb keeps its contract, for every object', async () => {
    getOverview.reply.parse(await json('/api/v1/overview'))
    const nodes = listNodes.reply.parse(await json('/api/v1/nodes'))
    expect(nodes.items).toHaveLength(3)
    for (const { name } of nodes.items) {
      const node = getNode.reply.parse(await json(`/api/v1/nodes/${name}`))
      for (const disk of node.disks) {
        const end = disk.extents.reduce((at, extent) => {
          expect(extent.startBytes).toBe(at)
          return at + extent.sizeBytes
        }, 0)
        expect(end).toBe(disk.sizeBytes)
      }
    }
    const volumes = listVolumes.reply.parse(await json('/api/v1/volumes'))
    expect(volumes.total).toBe(42)
    for (const { namespace, claim } of volumes.items)
      getVolume.reply.parse(await json(`/api/v1/volumes/${namespace}/${claim}`))
    for (const range of ['1h', '6h', '24h', '7d'])
      getHistory.reply.parse(
        await json(`/api/v1/history?subject=pool&key=worker-1/VolumeGroup/pool-ssd&range=${range}`),
      )
  })

  it('the attention list is as severe as each finding, not as its object’s worst', async () => {
    const { attention } = getOverview.reply.parse(await json('/api/v1/overview'))
    const found = new Map(attention.map((item) => [item.id, item.severity]))
    expect(found.get('node/worker-3/disk.fault//dev/sdc')).toBe('critical')
    expect(found.get('pool/worker-3/VolumeGroup/pool-hdd/pool.fault')).toBe('critical')
    expect(found.get('pool/worker-2/VolumeGroup/pool-ssd/pool.full')).toBe('attention')
    expect(found.get('pool/worker-1/VolumeGroup/pool-hdd/pool.metadata')).toBe('attention')
    expect(found.get('volume/shop/search-index/volume.full')).toBe('critical')
    expect(found.get('volume/ml/checkpoints/volume.pending')).toBe('attention')
    const severities = attention.map((item) => item.severity)
    expect(severities).toEqual([...severities].sort().reverse())
  })

  it('a pending claim says why, or that it waits by design; others’ classes are not shown', async () => {
    const { pendingClaims } = getOverview.reply.parse(await json('/api/v1/overview'))
    const byKey = new Map(pendingClaims.map((claim) => [claim.key, claim]))
    expect(byKey.get('ml/checkpoints')?.reasons.map((r) => r.node)).toEqual(['worker-1', 'worker-2', 'worker-3'])
    expect(byKey.get('ml/scratch')).toMatchObject({ waitingForPod: true, reasons: [] })
    expect(byKey.get('ci/broken')?.reasons).toMatchObject([{ message: expect.stringContaining('Input/output error') }])
    expect(byKey.has('shop/shared-assets')).toBe(false)
  })

  it('a striped volume’s chain ends at both disks, with its runs on each', async () => {
    const { chain, segments } = getVolume.reply.parse(await json('/api/v1/volumes/shop/data-elastic-0'))
    const disks = ['/dev/nvme0n1', '/dev/nvme1n1']
    expect(chain.filter((link) => link.kind === 'Device').map((link) => link.name)).toEqual(disks)
    expect(segments.map((segment) => segment.device)).toEqual(disks)
    expect(segments.reduce((sum, segment) => sum + segment.sizeBytes, 0)).toBe(60 * 2 ** 30)
  })

  it('a volume with a disk to itself has no logical volume: its chain goes from pool to disk', async () => {
    const { chain, segments } = getVolume.reply.parse(await json('/api/v1/volumes/vms/whole-disk'))
    expect(chain.map((link) => link.kind)).toEqual([
      'Pod',
      'PersistentVolumeClaim',
      'PersistentVolume',
      'NodeLocalVolume',
      'Pool',
      'Device',
      'Mount',
    ])
    expect(segments).toMatchObject([{ device: '/dev/sdc', startBytes: 0 }])
    expect(segments[0]!.sizeBytes).toBe(segments[0]!.deviceBytes)
    const { disks } = getNode.reply.parse(await json('/api/v1/nodes/worker-2'))
    expect(disks.find((disk) => disk.name === '/dev/sdc')).toMatchObject({
      pool: '/dev/sdc',
      extents: [{ kind: 'data', own: true, claim: { namespace: 'vms', name: 'whole-disk' } }],
    })
  })

  it('a partition that is a physical volume is drawn where it lies on its disk, under its pool', async () => {
    const { disks } = getNode.reply.parse(await json('/api/v1/nodes/worker-2'))
    const system = disks.find((disk) => disk.name === '/dev/sda')!
    expect(system.pool).toBe('pool-ssd')
    const metadata = system.extents.findIndex((extent) => extent.kind === 'metadata')
    expect(system.extents[metadata]!.startBytes).toBe((513 << 20) + 60 * 2 ** 30)
    expect(system.extents[metadata + 1]).toMatchObject({ kind: 'logicalVolume', own: true })
  })

  it('a disk that is given away whole is not among the fullest pools', async () => {
    const { fullestPools } = getOverview.reply.parse(await json('/api/v1/overview'))
    expect(fullestPools[0]).toMatchObject({ node: 'worker-2', name: 'pool-ssd' })
    expect(fullestPools.every((pool) => pool.kind === 'VolumeGroup' && pool.offered)).toBe(true)
  })
})

describe('what is no request', () => {
  it.each(['/api/v1/nodes/%ff', '/api/v1/volumes/a/%2'])('%s is answered in the contract’s words', async (url) => {
    const answer = await get(url)
    expect(answer.statusCode).toBe(400)
    expect(errorReply.parse(answer.json()).error).toMatchObject({
      code: 'INVALID_ARGUMENT',
      requestId: answer.headers['x-request-id'],
    })
    expect(answer.headers['cache-control']).toBe('no-store')
  })

  it('HEAD of the stream ends', async () => {
    const answer = await server.inject({ method: 'HEAD', url: '/api/v1/stream', headers: { host: 'localhost' } })
    expect(answer.statusCode).toBe(404)
  })
})
