import { getEventListeners } from 'node:events'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { KubeClient } from './client.ts'
import { isAlreadyExists, isConflict, isNotFound, KubeError } from './error.ts'
import type { ResourceType } from './resource.ts'
import { configMaps, nodes, pods, tokenReviews } from './resources.ts'
import { eventually, type FakeApiServer, startFakeApiServer } from './testing/index.ts'

let api: FakeApiServer
let client: KubeClient

beforeEach(async () => {
  api = await startFakeApiServer()
  client = new KubeClient(api.connection, { userAgent: 'test' })
})

afterEach(async () => {
  client.close()
  await api.close()
})

test('an object goes through create, get, update, patch and delete', async () => {
  const created = await client.create(configMaps, { metadata: { name: 'a', namespace: 'x' }, data: { k: '1' } })
  expect(created).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap', data: { k: '1' } })
  const updated = await client.update(configMaps, { ...created, data: { k: '2' } })
  expect(updated.metadata.resourceVersion).not.toBe(created.metadata.resourceVersion)
  await client.patch(configMaps, 'a', { data: { k: null, j: '3' } }, { namespace: 'x' })
  expect((await client.get(configMaps, 'a', { namespace: 'x' })).data).toEqual({ j: '3' })
  await client.delete(configMaps, 'a', { namespace: 'x' })
  await expect(client.get(configMaps, 'a', { namespace: 'x' })).rejects.toSatisfy(isNotFound)
  expect(api.requests[0]?.headers['user-agent']).toBe('test')
})

test('a stale write is a conflict, a taken name already exists', async () => {
  const first = await client.create(configMaps, { metadata: { name: 'a', namespace: 'x' } })
  await client.update(configMaps, { ...first, data: { k: '1' } })
  await expect(client.update(configMaps, { ...first, data: { k: '2' } })).rejects.toSatisfy(isConflict)
  const again = client.create(configMaps, { metadata: { name: 'a', namespace: 'x' } })
  await expect(again).rejects.toSatisfy(isAlreadyExists)
})

test('status is written through its subresource alone', async () => {
  api.seed(nodes, { metadata: { name: 'n' }, spec: { unschedulable: true } })
  await client.patch(nodes, 'n', { status: { capacity: { cpu: '1' } } })
  expect(api.get(nodes, 'n')?.status).toBeUndefined()
  await client.patch(nodes, 'n', { status: { capacity: { cpu: '1' } }, spec: null }, { subresource: 'status' })
  expect(api.get(nodes, 'n')).toMatchObject({ status: { capacity: { cpu: '1' } }, spec: { unschedulable: true } })
})

test('a dry run stores nothing', async () => {
  await client.create(configMaps, { metadata: { name: 'a', namespace: 'x' } }, { dryRun: true })
  expect(api.list(configMaps)).toEqual([])
})

test('server-side apply creates, then changes', async () => {
  const apply = (data: Record<string, string>) =>
    client.apply(configMaps, { metadata: { name: 'a', namespace: 'x' }, data }, { fieldManager: 'm' })
  await apply({ k: '1' })
  await apply({ k: '2' })
  expect(api.get(configMaps, 'a', 'x')?.data).toEqual({ k: '2' })
  expect(api.requests[1]).toMatchObject({ query: { fieldManager: 'm', force: 'true' } })
})

test('a JSON patch whose test fails changes nothing', async () => {
  api.seed(configMaps, { metadata: { name: 'a', namespace: 'x' }, data: { k: '1' } })
  const patch = (value: string) => [
    { op: 'test', path: '/data/k', value },
    { op: 'replace', path: '/data/k', value: '2' },
  ]
  const options = { namespace: 'x', type: 'json' } as const
  await expect(client.patch(configMaps, 'a', patch('9'), options)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  await client.patch(configMaps, 'a', patch('1'), options)
  expect(api.get(configMaps, 'a', 'x')?.data).toEqual({ k: '2' })
})

test('listAll reads every page, and items carry their kind', async () => {
  for (let i = 0; i < 1001; i++) api.seed(pods, { metadata: { name: `p${i}`, namespace: 'x' } })
  const all = await client.listAll(pods)
  expect(new Set(all.map((pod) => pod.metadata.name)).size).toBe(1001)
  expect(all[0]).toMatchObject({ apiVersion: 'v1', kind: 'Pod' })
  expect(api.requests.length).toBe(3)
})

test('selectors choose', async () => {
  api.seed(pods, { metadata: { name: 'a', namespace: 'x', labels: { app: 'one' } }, spec: { nodeName: 'n1' } })
  api.seed(pods, { metadata: { name: 'b', namespace: 'x', labels: { app: 'two' } }, spec: { nodeName: 'n2' } })
  const names = async (selection: object) => (await client.listAll(pods, selection)).map((pod) => pod.metadata.name)
  expect(await names({ labelSelector: 'app in (one, three)' })).toEqual(['a'])
  expect(await names({ labelSelector: 'app,app!=one' })).toEqual(['b'])
  expect(await names({ fieldSelector: 'spec.nodeName=n2' })).toEqual(['b'])
  expect(await names({ namespace: 'y' })).toEqual([])
})

test('a review is answered, not stored', async () => {
  api.onCreate(tokenReviews, (review) => ({ ...review, status: { authenticated: review.spec.token === 't' } }))
  const review = await client.create(tokenReviews, { spec: { token: 't' } })
  expect(review.status?.authenticated).toBe(true)
})

test.each([
  [400, 'INVALID_ARGUMENT'],
  [401, 'UNAUTHENTICATED'],
  [403, 'PERMISSION_DENIED'],
  [410, 'OUT_OF_RANGE'],
  [422, 'INVALID_ARGUMENT'],
  [429, 'RESOURCE_EXHAUSTED'],
  [500, 'INTERNAL'],
  [503, 'UNAVAILABLE'],
  [504, 'DEADLINE_EXCEEDED'],
])('HTTP %i becomes %s', async (httpStatus, code) => {
  api.failNext(1, httpStatus)
  await expect(client.get(nodes, 'n')).rejects.toMatchObject({
    name: 'KubeError',
    code,
    httpStatus,
    reason: 'Injected',
  })
})

test('a connection cut before the answer is UNAVAILABLE, and the next call works', async () => {
  api.seed(nodes, { metadata: { name: 'n' } })
  api.failNext(1, 0)
  await expect(client.get(nodes, 'n')).rejects.toMatchObject({ code: 'UNAVAILABLE', httpStatus: 0 })
  expect((await client.get(nodes, 'n')).metadata.name).toBe('n')
})

test('a read on a kept connection that the server has closed is sent again; a write is not', async () => {
  api.seed(nodes, { metadata: { name: 'n' } })
  await client.get(nodes, 'n')
  api.failNext(1, 0)
  await client.get(nodes, 'n')
  api.failNext(1, 0)
  await expect(client.create(nodes, { metadata: { name: 'm' } })).rejects.toMatchObject({ code: 'UNAVAILABLE' })
})

test('a server that is not there is UNAVAILABLE; a caller that has gone is CANCELLED', async () => {
  const nowhere = new KubeClient({ server: 'http://127.0.0.1:1' })
  await expect(nowhere.get(nodes, 'n')).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  const gone = client.get(nodes, 'n', { signal: AbortSignal.abort() })
  await expect(gone).rejects.toSatisfy((e) => e instanceof KubeError && e.code === 'CANCELLED')
})

test('after a 401 the token is refreshed and the request sent once more', async () => {
  api.seed(nodes, { metadata: { name: 'n' } })
  const tokens: (boolean | undefined)[] = []
  const person = new KubeClient({
    ...api.connection,
    getToken: async (options) => {
      tokens.push(options?.refresh)
      return options?.refresh ? 'new' : 'old'
    },
  })
  api.failNext(9, 401, (request) => request.headers.authorization === 'Bearer old')
  expect((await person.get(nodes, 'n')).metadata.name).toBe('n')
  expect(tokens).toEqual([undefined, true])
  person.close()
})

test('withToken speaks as somebody else', async () => {
  const person = client.withToken('theirs')
  await person.listAll(nodes)
  expect(api.requests.at(-1)?.headers).toMatchObject({ authorization: 'Bearer theirs', 'user-agent': 'test' })
  person.close()
})

test('names are escaped in paths', async () => {
  const odd: ResourceType = { group: 'g.io', version: 'v1', plural: 'things', kind: 'Thing', namespaced: false }
  await expect(client.get(odd, 'a/b?c')).rejects.toSatisfy(isNotFound)
  expect(api.requests[0]?.path).toBe('/apis/g.io/v1/things/a%2Fb%3Fc')
})

test("nothing is left on a caller's signal", async () => {
  const { signal } = new AbortController()
  api.seed(nodes, { metadata: { name: 'n' } })
  await client.get(nodes, 'n', { signal })
  await client.get(nodes, 'none', { signal }).catch(() => {})
  for await (const event of client.watch(nodes, { signal })) if (event.type === 'ADDED') break
  await eventually(() => expect(api.watchCount).toBe(0))
  expect(getEventListeners(signal, 'abort')).toEqual([])
})
