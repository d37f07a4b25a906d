import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  DRIVER,
  eventually,
  type FakeCluster,
  seedClaim,
  seedClass,
  seedNode,
  seedPod,
  startFakeCluster,
} from '../testing/fake-cluster.ts'
import { serveExtender } from './extender-server.ts'

let cluster: FakeCluster
let url: string
let close: () => Promise<void>
let ready = true

beforeEach(async () => {
  cluster = await startFakeCluster()
  ready = true
  const served = await serveExtender({
    view: cluster.cache.view,
    books: cluster.books,
    driver: DRIVER,
    strategy: 'spread',
    host: '127.0.0.1',
    port: 0,
    version: 'v-test',
    ready: () => ready,
    log: cluster.csi.log,
  })
  url = `http://127.0.0.1:${served.port}`
  close = served.close
  seedNode(cluster.api, 'n1', { pool0: 10 })
  seedNode(cluster.api, 'n2', { pool0: 4 })
  seedClass(cluster.api)
  seedClaim(cluster.api, 'data', '5Gi')
  await eventually(() => expect(cluster.books.poolsOf('n2')).toHaveLength(1))
  await eventually(() => expect(cluster.cache.view.claims.size).toBe(1))
})
afterEach(async () => {
  await close()
  await cluster.close()
})

const post = async (path: string, body: unknown) => {
  const answer = await fetch(`${url}${path}`, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
}
const filter = async (pod: unknown, NodeNames = ['n1', 'n2', 'n3']) =>
  (await post('/scheduler/predicates', { Pod: pod, NodeNames })).body

describe('filter', () => {
  it('keeps the nodes with room, and gives every other one a sentence', async () => {
    const answer = await filter(seedPod(cluster.api, 'pod', ['data']))
    expect(answer.NodeNames).toEqual(['n1'])
    expect(answer.FailedNodes).toEqual({
      n2: expect.stringMatching(
        /^Insufficient space on node n2: pool0: claim data asks 5 GiB, 4 GiB available of 4 GiB$/,
      ),
      n3: expect.stringMatching(/n3 has no NodeLocalStorage/),
    })
    expect(answer.Error).toBe('')
  })

  it('P2: a node that nobody knows does not disturb pods that ask nothing of us', async () => {
    expect((await filter(seedPod(cluster.api, 'other', ['somebody-elses']))).NodeNames).toEqual(['n1', 'n2', 'n3'])
    expect((await filter({ metadata: { name: 'plain', namespace: 'ns' } })).NodeNames).toEqual(['n1', 'n2', 'n3'])
  })

  it('P12: counts the claims of generic ephemeral volumes', async () => {
    seedClaim(cluster.api, 'pod-scratch', '5Gi')
    await eventually(() => expect(cluster.cache.view.claims.size).toBe(2))
    const pod = {
      metadata: { name: 'pod', namespace: 'ns' },
      spec: { volumes: [{ name: 'scratch', ephemeral: { volumeClaimTemplate: { spec: {} } } }] },
    }
    expect((await filter(pod)).NodeNames).toEqual(['n1'])
  })

  it('says on every node what is wrong with a class', async () => {
    seedClass(cluster.api, 'lvm', { volumeType: 'LVM', lvmType: 'mirror' })
    await eventually(() => expect(cluster.cache.view.storageClasses.get('lvm')?.parameters?.lvmType).toBe('mirror'))
    const answer = await filter(seedPod(cluster.api, 'pod', ['data']))
    expect(answer.NodeNames).toEqual([])
    expect(Object.values(answer.FailedNodes as object)).toEqual(
      Array(3).fill(expect.stringMatching(/parameters\.lvmType: "mirror" is not one of linear, striping/)),
    )
  })

  it('speaks whole nodes as well as names, in any case', async () => {
    const pod = seedPod(cluster.api, 'pod', ['data'])
    const items = ['n1', 'n2'].map((name) => ({ metadata: { name }, status: { kept: true } }))
    const { body } = await post('/scheduler/predicates', { pod, nodes: { items } })
    expect(body.Nodes).toMatchObject({ items: [items[0]] })
    expect(body.NodeNames).toBeUndefined()
  })

  it('P20: decides nothing before it knows the cluster', async () => {
    ready = false
    const answer = await filter(seedPod(cluster.api, 'pod', ['data']))
    expect(answer.Error).toMatch(/starting/)
    expect(answer.NodeNames).toBeUndefined()
  })

  it('remembers why a pod was refused, and forgets when it fits', async () => {
    const pod = seedPod(cluster.api, 'pod', ['data'])
    await filter(pod, ['n2'])
    expect(cluster.books.refusalsFor('ns/pod')).toMatchObject([{ node: 'n2' }])
    await filter(pod, ['n1', 'n2'])
    expect(cluster.books.refusalsFor('ns/pod')).toEqual([])
  })
})

it('prioritize: P16: scores are whole numbers of 0..10 and follow the strategy', async () => {
  seedNode(cluster.api, 'n2', { pool0: 40 })
  await eventually(() => expect(Number(cluster.books.poolsOf('n2')[0]?.capacityBytes)).toBeGreaterThan(30e9))
  const { body } = await post('/scheduler/priorities', {
    Pod: seedPod(cluster.api, 'pod', ['data']),
    NodeNames: ['n1', 'n2', 'n3'],
  })
  expect(body).toEqual([
    { Host: 'n1', Score: 5 },
    { Host: 'n2', Score: 9 },
    { Host: 'n3', Score: 0 },
  ])
})

it.each([
  ['POST', '/scheduler/predicates', 'not json', 400],
  ['POST', '/scheduler/predicates', '{"NodeNames":["n1"]}', 400],
  ['POST', '/scheduler/bind', '{}', 404],
  ['POST', '/cache', '', 404],
  ['GET', '/scheduler/predicates', undefined, 405],
  ['DELETE', '/scheduler/priorities', undefined, 405],
])('%s %s with %j is %i', async (method, path, body, status) => {
  expect((await fetch(`${url}${path}`, { method, body })).status).toBe(status)
})

it('refuses to listen beyond loopback without a certificate', async () => {
  const options = {
    view: cluster.cache.view,
    books: cluster.books,
    driver: DRIVER,
    strategy: 'spread' as const,
    port: 0,
    version: '',
    ready: () => true,
    log: cluster.csi.log,
  }
  await expect(serveExtender({ ...options, host: '0.0.0.0' })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
})
