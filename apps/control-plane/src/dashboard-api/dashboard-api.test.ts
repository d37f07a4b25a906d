import { request } from 'node:http'
import { coreEvents, nodes, persistentVolumeClaims, pods, type ResourceType } from '@open-local/kube'
import { type NodeLocalVolume, nodeLocalVolumes } from '@open-local/shared'
import { type Delta, getNode, getOverview, getVolume, listNodes, listVolumes } from '@open-local/shared/api'
import fc from 'fast-check'
import pino from 'pino'
import { Registry } from 'prom-client'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  DRIVER,
  eventually,
  type FakeCluster,
  GiB,
  seedClaim,
  seedClass,
  seedNode,
  seedPod,
  startFakeCluster,
} from '../testing/fake-cluster.ts'
import { Hub } from './hub.ts'
import { startDashboardApi } from './index.ts'
import { extentsOf } from './rows/disk.ts'
import { computeRows, type Rows } from './rows-cache.ts'
import { buildServer } from './server.ts'

const volumeType: ResourceType<NodeLocalVolume> = nodeLocalVolumes
const log = pino({ level: 'silent' })
const clusterInfo = { name: 'test', kubernetesVersion: 'v1.36.0', driver: DRIVER }
let cluster: FakeCluster
let hub: Hub
let server: Awaited<ReturnType<typeof buildServer>>
let used: Map<string, bigint>
let now: number

beforeEach(async () => {
  cluster = await startFakeCluster()
  used = new Map()
  now = Date.now()
  const history = {
    usedBytes: (id: string) => used.get(id),
    onUsage: () => {},
    query: async () => ({ from: '', to: '', stepSeconds: 1, points: [], fullAt: null }),
  }
  hub = new Hub({
    view: cluster.cache.view,
    books: cluster.books,
    history,
    cluster: clusterInfo,
    log,
    now: () => now,
  })
  server = await buildServer({ hub, history, metrics: new Registry(), ready: () => true, log })
  seedNode(cluster.api, 'n1', { pool0: 10 })
  seedClass(cluster.api)
  seedVolume('data', 9)
  seedPod(cluster.api, 'pod', ['data'])
  await eventually(() => expect(cluster.cache.view.pods.size).toBe(1))
  await eventually(() => expect(cluster.cache.view.nodeLocalVolumes.size).toBe(1))
})
afterEach(async () => {
  hub.close()
  await server.close()
  await cluster.close()
})

function seedVolume(claim: string, gib: number): void {
  const id = `local-uid-${claim}`
  cluster.api.seed(persistentVolumeClaims, {
    metadata: { name: claim, namespace: 'ns', uid: `uid-${claim}`, creationTimestamp: new Date(now).toISOString() },
    spec: { storageClassName: 'lvm', volumeName: id, resources: { requests: { storage: `${gib}Gi` } } },
    status: { phase: 'Bound' },
  })
  cluster.api.seed(volumeType, {
    metadata: { name: id },
    spec: {
      nodeName: 'n1',
      driver: DRIVER,
      volumeType: 'LVM',
      pool: 'pool0',
      sizeBytes: gib * GiB,
      fsType: 'ext4',
      claim: { namespace: 'ns', name: claim, uid: `uid-${claim}` },
    },
    status: {
      phase: 'Ready',
      staged: true,
      sizeBytes: gib * GiB,
      devicePath: `/dev/pool0/${id}`,
      mounts: [{ path: '/pods/x' }],
    },
  })
}

const get = async (url: string, headers: Record<string, string> = {}) =>
  server.inject({ method: 'GET', url, headers: { host: '127.0.0.1:7081', ...headers } })

describe('replies keep the contract', () => {
  it('nodes, one node, volumes, one volume, overview', async () => {
    const list = listNodes.reply.parse((await get('/api/v1/nodes')).json())
    expect(list.items).toMatchObject([
      { name: 'n1', ready: true, agent: { state: 'alive' }, space: { allocatedBytes: 9 * GiB, availableBytes: GiB } },
    ])
    const node = getNode.reply.parse((await get('/api/v1/nodes/n1')).json())
    expect(node.pools).toMatchObject([
      { key: 'n1/VolumeGroup/pool0', health: 'attention', reasons: [{ code: 'pool.full', params: { percent: 90 } }] },
    ])
    expect(node.disks).toMatchObject([{ name: '/dev/pool0', pool: 'pool0' }])
    const volumes = listVolumes.reply.parse((await get('/api/v1/volumes?q=DATA&sort=sizeBytes&order=desc')).json())
    expect(volumes.items).toMatchObject([{ key: 'ns/data', phase: 'InUse', usedBytes: null, pods: ['pod'] }])
    const volume = getVolume.reply.parse((await get('/api/v1/volumes/ns/data')).json())
    expect(volume.chain.map((link) => link.kind)).toEqual([
      'Pod',
      'PersistentVolumeClaim',
      'NodeLocalVolume',
      'LogicalVolume',
      'Pool',
      'Mount',
    ])
    const overview = getOverview.reply.parse((await get('/api/v1/overview')).json())
    expect(overview).toMatchObject({
      counts: { nodes: 1, volumes: 1 },
      attention: [{ code: 'pool.full', href: '/nodes/n1' }],
    })
  })

  it('unknown is not zero: used bytes appear when the agent says them', async () => {
    used.set('local-uid-data', BigInt(Math.floor(8.8 * GiB)))
    hub.refresh()
    const { volume } = getVolume.reply.parse((await get('/api/v1/volumes/ns/data')).json())
    expect(volume).toMatchObject({
      usedBytes: Math.floor(8.8 * GiB),
      health: 'critical',
      reasons: [{ code: 'volume.full' }],
    })
  })

  it('a pending claim has the reasons of the scheduler’s last refusal', async () => {
    seedClaim(cluster.api, 'big', '50Gi')
    seedPod(cluster.api, 'wants', ['big'])
    cluster.books.remember('ns/wants', [{ node: 'n1', message: 'Insufficient space' }])
    await eventually(() => expect(cluster.cache.view.pods.size).toBe(2))
    await eventually(() => expect(cluster.cache.view.claims.size).toBe(2))
    const overview = getOverview.reply.parse((await get('/api/v1/overview')).json())
    expect(overview.pendingClaims).toMatchObject([
      { key: 'ns/big', pod: 'wants', waitingForPod: false, reasons: [{ node: 'n1', message: 'Insufficient space' }] },
    ])
  })

  it('an agent that is silent is said to be', async () => {
    now += 4 * 60_000
    hub.refresh()
    expect(listNodes.reply.parse((await get('/api/v1/nodes')).json()).items[0]).toMatchObject({
      health: 'critical',
      agent: { state: 'silent' },
    })
  })
})

describe('refusals', () => {
  it.each([
    ['/api/v1/volumes?limit=0', {}, 400, /^limit: /],
    ['/api/v1/volumes?sort=colour', {}, 400, /^sort: /],
    ['/api/v1/nodes/nowhere', {}, 404, /no node nowhere/],
    ['/api/v1/volumes/ns/none', {}, 404, /no claim none/],
    ['/no/such', {}, 404, /openapi/],
    ['/api/v1/nodes', { host: 'evil.example' }, 403, /evil\.example/],
    ['/api/v1/nodes', { origin: 'https://evil.example' }, 403, /Origin/],
    ['/api/v1/nodes', { 'sec-fetch-site': 'cross-site' }, 403, /another site/],
  ])('GET %s %j is %i', async (url, headers, status, message) => {
    const answer = await get(url, headers as Record<string, string>)
    expect(answer.statusCode).toBe(status)
    expect(answer.json().error).toMatchObject({
      message: expect.stringMatching(message),
      requestId: answer.headers['x-request-id'],
    })
  })

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'] as const)('%s is not offered', async (method) => {
    expect((await server.inject({ method, url: '/api/v1/nodes', headers: { host: 'localhost' } })).statusCode).toBe(405)
  })

  it('listens on loopback only', async () => {
    const options = {
      listen: { host: '0.0.0.0', port: 0 },
      view: cluster.cache.view,
      books: cluster.books,
      history: {} as never,
      clusterInfo,
      metrics: new Registry(),
      ready: () => true,
      log,
    }
    await expect(startDashboardApi(options)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' })
  })
})

it('describes itself as OpenAPI 3.1', async () => {
  const document = (await get('/openapi.json')).json()
  expect(document.openapi).toBe('3.1.0')
  expect(Object.keys(document.paths)).toEqual(
    expect.arrayContaining(['/api/v1/nodes/{name}', '/api/v1/volumes', '/api/v1/stream']),
  )
})

describe('the stream', () => {
  const apply = (rows: Rows, delta: Delta): void => {
    for (const { resource, key, patch } of delta.changes) {
      if (resource === 'overview') rows.overview = patched(rows.overview, patch) as Rows['overview']
      else if (patch === null) rows[resource].delete(key)
      else rows[resource].set(key, patched(rows[resource].get(key), patch) as never)
    }
  }
  /** As a reader does by the contract: a merge patch whose null members are set (`shared/api/stream.ts`). */
  const patched = (held: unknown, patch: unknown): unknown =>
    isRecord(held) && isRecord(patch)
      ? {
          ...held,
          ...Object.fromEntries(Object.entries(patch).map(([name, value]) => [name, patched(held[name], value)])),
        }
      : patch
  const isRecord = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null && !Array.isArray(value)

  it('deltas applied to the rows of before give the rows of after, whatever happens', async () => {
    const held = structuredClone(hub.rows())
    hub.listen((delta) => apply(held, structuredClone(delta)))
    const act = fc.oneof(
      fc.record({ do: fc.constant('volume' as const), n: fc.nat(4), gib: fc.integer({ min: 1, max: 3 }) }),
      fc.record({ do: fc.constant('drop' as const), n: fc.nat(4) }),
      fc.record({ do: fc.constant('pod' as const), n: fc.nat(4) }),
      fc.record({ do: fc.constant('node' as const), ready: fc.boolean() }),
      fc.record({ do: fc.constant('used' as const), n: fc.nat(4), bytes: fc.bigInt(0n, 3n * BigInt(GiB)) }),
      fc.record({ do: fc.constant('event' as const), n: fc.nat(4) }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 6 }), async (acts) => {
        for (const a of acts) {
          if (a.do === 'volume') seedVolume(`v${a.n}`, a.gib)
          if (a.do === 'drop') {
            cluster.api.remove(volumeType, `local-uid-v${a.n}`)
            cluster.api.remove(persistentVolumeClaims, `v${a.n}`, 'ns')
          }
          if (a.do === 'pod') seedPod(cluster.api, `p${a.n}`, [`v${a.n}`])
          if (a.do === 'node')
            cluster.api.seed(nodes, {
              metadata: { name: 'n1' },
              status: { conditions: [{ type: 'Ready', status: a.ready ? 'True' : 'False' }] },
            })
          if (a.do === 'used') used.set(`local-uid-v${a.n}`, a.bytes)
          if (a.do === 'event') {
            cluster.api.seed(coreEvents, {
              metadata: { name: `e${a.n}`, namespace: 'ns' },
              involvedObject: { kind: 'PersistentVolumeClaim', namespace: 'ns', name: `v${a.n}` },
              reason: 'R',
              message: `${now}`,
            })
          }
        }
        const settled = {
          volumes: cluster.api.list(volumeType).length,
          pods: cluster.api.list(pods).length,
          claims: cluster.api.list(persistentVolumeClaims).length,
        }
        await eventually(() => {
          const { view } = cluster.cache
          expect({ volumes: view.nodeLocalVolumes.size, pods: view.pods.size, claims: view.claims.size }).toEqual(
            settled,
          )
        })
        now += 1000
        hub.refresh()
        expect(held).toEqual(hub.rows())
        expect(computeRows(hub.context, clusterInfo)).toEqual(hub.rows())
      }),
      { numRuns: 25 },
    )
  }, 60_000)

  it('says hello, sends what changes, and resumes after the last event that the reader saw', async () => {
    const history = {
      usedBytes: () => undefined,
      onUsage: () => {},
      query: async () => ({}),
      sampleNow: async () => {},
      close: async () => {},
    } as never
    const api = await startDashboardApi({
      listen: { host: '127.0.0.1', port: 0 },
      view: cluster.cache.view,
      books: cluster.books,
      history,
      clusterInfo,
      metrics: new Registry(),
      ready: () => true,
      log,
    })
    try {
      const first = await read(
        api.url,
        {},
        (text) => text.includes('event: hello'),
        () => {},
      )
      expect(first).toContain('"reset":false')
      const live = await read(
        api.url,
        {},
        (text) => text.includes('ns/fresh'),
        () => seedVolume('fresh', 1),
      )
      const seen = [...live.matchAll(/id: (\d+)\nevent: delta/g)].at(-1)![1]!
      const resumed = await read(
        api.url,
        { 'last-event-id': seen },
        (text) => text.includes('ns/later'),
        () => seedVolume('later', 1),
      )
      expect(resumed).not.toContain('"reset":true')
      const last = [...resumed.matchAll(/id: (\d+)\nevent: delta/g)].at(-1)![1]!
      seedVolume('missed', 1)
      await eventually(() => expect(cluster.cache.view.nodeLocalVolumes.get('local-uid-missed')).toBeDefined())
      const caughtUp = await read(
        api.url,
        { 'last-event-id': last },
        (text) => text.includes('ns/missed'),
        () => {},
      )
      expect(caughtUp).toMatch(new RegExp(`^id: ${last}\nevent: hello`))
      expect(
        await read(
          api.url,
          { 'last-event-id': '1' },
          (text) => text.includes('event: hello'),
          () => {},
        ),
      ).toContain('"reset":true')
    } finally {
      await api.close()
    }
  })
})

/** Reads the stream until `enough`; `act` runs once the stream is open. */
function read(
  url: string,
  headers: Record<string, string>,
  enough: (text: string) => boolean,
  act: () => void,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = request(`${url}/api/v1/stream`, { headers }, (response) => {
      let text = ''
      let acted = false
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
        if (!acted) {
          acted = true
          act()
        }
        if (enough(text)) {
          call.destroy()
          resolve(text)
        }
      })
    })
    call.on('error', (error) => (call.destroyed ? undefined : reject(error)))
    call.end()
  })
}

it('extents never overlap and cover the disk', () => {
  const segment = fc.record({ start: fc.nat(2000), size: fc.integer({ min: 1, max: 500 }) })
  fc.assert(
    fc.property(
      fc.array(segment, { maxLength: 12 }),
      fc.integer({ min: 1, max: 2000 }),
      fc.nat(50),
      (segments, total, dataStart) => {
        const device = { name: '/dev/a', total, readOnly: false, use: 'PhysicalVolume' as const }
        const group = {
          name: 'g',
          physicalVolumes: ['/dev/a'],
          total,
          available: 0,
          allocatable: total,
          physicalVolumeInfo: [{ name: '/dev/a', total, available: 0, dataStart }],
          logicalVolumes: segments.map(({ start, size }, i) => ({
            name: `lv${i}`,
            vgname: 'g',
            total: size,
            segments: [{ device: '/dev/a', startBytes: start, sizeBytes: size }],
          })),
        }
        const runs = extentsOf({ view: cluster.cache.view }, device, [device], [group])
        let at = 0
        for (const run of runs) {
          expect(run.startBytes).toBe(at)
          expect(run.sizeBytes).toBeGreaterThan(0)
          at += run.sizeBytes
        }
        expect(at).toBe(total)
      },
    ),
  )
})
