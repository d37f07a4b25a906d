import net from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { KubeClient } from './client.ts'
import { Reflector, type ReflectorOptions } from './reflector.ts'
import { pods } from './resources.ts'
import { eventually, type FakeApiServer, startFakeApiServer } from './testing/index.ts'
import type { Pod } from './types/core.ts'

const fast = { baseMs: 1, maxMs: 20 }
let api: FakeApiServer
let client: KubeClient
let running: Reflector<Pod>[] = []

afterEach(async () => {
  await Promise.all(running.map((reflector) => reflector.stop()))
  running = []
  client.close()
  await api.close()
})

function reflect(options: ReflectorOptions<Pod> = {}) {
  const reflector = new Reflector(client, pods, { backoff: fast, ...options })
  const told: string[] = []
  reflector.addHandlers({
    onAdd: (pod) => told.push(`add ${pod.metadata.name}`),
    onUpdate: (old, pod) => told.push(`update ${pod.metadata.name} ${old.spec?.nodeName}→${pod.spec?.nodeName}`),
    onDelete: (pod) => told.push(`delete ${pod.metadata.name}`),
    onSync: () => told.push('sync'),
  })
  running.push(reflector)
  reflector.start()
  return { reflector, told }
}

const pod = (name: string, nodeName?: string, labels?: Record<string, string>) =>
  api.seed(pods, { metadata: { name, namespace: 'x', labels }, spec: { nodeName } })
const isWatch = (request: { query: Record<string, string> }) => request.query.watch === 'true'
const lists = () => api.requests.filter((r) => !isWatch(r) || r.query.sendInitialEvents === 'true').length

describe.each([
  ['streaming lists', true],
  ['paged lists', false],
])('with %s', (_name, streamingLists) => {
  beforeEach(async () => {
    api = await startFakeApiServer({ streamingLists })
    client = new KubeClient(api.connection)
  })

  test('the store follows the server, and handlers hear each difference once and in order', async () => {
    pod('a')
    pod('b')
    const { reflector, told } = reflect()
    await reflector.waitForSync()
    expect(told).toEqual(['add a', 'add b', 'sync'])
    await eventually(() => expect(api.watchCount).toBe(1))
    pod('a', 'n1')
    api.remove(pods, 'b', 'x')
    pod('c')
    await eventually(() => expect(told.slice(3)).toEqual(['update a undefined→n1', 'delete b', 'add c']))
    expect(reflector.store.get('x/a')?.spec?.nodeName).toBe('n1')
    expect(reflector.store.size).toBe(2)
  })

  test('a cut connection is resumed: nothing is lost and nothing is listed again', async () => {
    pod('a')
    pod('b')
    const { reflector, told } = reflect()
    await reflector.waitForSync()
    await eventually(() => expect(api.watchCount).toBe(1))
    const before = lists()
    api.failNext(3, 503, isWatch)
    api.dropWatches()
    pod('c')
    api.remove(pods, 'a', 'x')
    await eventually(() => expect(told.slice(3)).toEqual(['add c', 'delete a']))
    expect(lists()).toBe(before)
  })

  test('after a 410 it lists again and finds the deletes that it missed', async () => {
    pod('a')
    pod('b', 'n1')
    const { reflector, told } = reflect()
    await reflector.waitForSync()
    await eventually(() => expect(api.watchCount).toBe(1))
    const before = lists()
    api.stallWatches()
    api.remove(pods, 'a', 'x')
    pod('b', 'n2')
    api.expireWatches()
    await eventually(() => expect(told.slice(3)).toEqual(['delete a', 'update b n1→n2']))
    expect(lists()).toBeGreaterThan(before)
    expect(told.filter((line) => line === 'sync')).toHaveLength(1)
  })

  test('a namesake created while it looked away is a delete and an add', async () => {
    pod('a')
    const { reflector, told } = reflect()
    await reflector.waitForSync()
    await eventually(() => expect(api.watchCount).toBe(1))
    api.stallWatches()
    api.remove(pods, 'a', 'x')
    pod('a')
    api.expireWatches()
    await eventually(() => expect(told.slice(2)).toEqual(['delete a', 'add a']))
  })

  test('it syncs although the server refuses for a while', async () => {
    pod('a')
    api.failNext(4, 500)
    const errors: unknown[] = []
    const { reflector, told } = reflect({ onError: (error) => errors.push(error) })
    await reflector.waitForSync()
    expect(told).toEqual(['add a', 'sync'])
    expect(errors).toHaveLength(4)
  })

  test('a half-open connection is given up and nothing is lost', async () => {
    pod('a')
    const { reflector, told } = reflect({ inactivityTimeoutMs: 100 })
    await reflector.waitForSync()
    await eventually(() => expect(api.watchCount).toBe(1))
    api.stallWatches()
    pod('b')
    await eventually(() => expect(told).toContain('add b'))
  })

  test('an object that leaves the selection is deleted from the store', async () => {
    pod('a', undefined, { app: 'one' })
    pod('b', undefined, { app: 'two' })
    const { reflector, told } = reflect({ labelSelector: 'app=one' })
    await reflector.waitForSync()
    await eventually(() => expect(api.watchCount).toBe(1))
    expect(told).toEqual(['add a', 'sync'])
    pod('a', undefined, { app: 'two' })
    await eventually(() => expect(told.at(-1)).toBe('delete a'))
  })
})

describe('details', () => {
  beforeEach(async () => {
    api = await startFakeApiServer({ streamingLists: false })
    client = new KubeClient(api.connection)
  })

  test('a long list is read in pages, and in one piece when the history is lost between two', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) pod(name)
    api.failNext(1, 410, (request) => request.query.continue !== undefined)
    const { reflector } = reflect({ pageSize: 2, streamingList: false })
    await reflector.waitForSync()
    expect(reflector.store.size).toBe(5)
    expect(api.requests.slice(0, 3).map((request) => request.query.limit)).toEqual(['2', '2', undefined])
  })

  test('a bookmark moves the version from which a watch resumes', async () => {
    const { reflector } = reflect()
    await reflector.waitForSync()
    await eventually(() => expect(api.watchCount).toBe(1))
    const listedAt = api.requests.at(-1)?.query.resourceVersion
    // Another kind moves the version without an event for this watch.
    api.seed({ ...pods, plural: 'others' }, { metadata: { name: 'o', namespace: 'x' } })
    api.sendBookmarks()
    api.endWatches()
    await eventually(() => expect(Number(api.requests.at(-1)?.query.resourceVersion)).toBe(Number(listedAt) + 1))
    expect(reflector.store.size).toBe(0)
  })

  test('pauses grow while watches fail and start small again after a success', async () => {
    const pauses: number[] = []
    // `random` is asked once for each pause and once for each watch; half of base × 2ⁿ is what it scales.
    const { reflector } = reflect({ log: { ...silent, warn: (fields) => pauses.push(fields.failures as number) } })
    await reflector.waitForSync()
    await eventually(() => expect(api.watchCount).toBe(1))
    api.failNext(3, 503, isWatch)
    api.dropWatches()
    pod('a')
    await eventually(() => expect(reflector.store.size).toBe(1))
    api.dropWatches()
    pod('b')
    await eventually(() => expect(reflector.store.size).toBe(2))
    expect(pauses).toEqual([1, 2, 3, 4, 1])
  })

  test('indexes follow updates and deletes', async () => {
    pod('a', 'n1')
    const byNode = (object: Pod) => (object.spec?.nodeName ? [object.spec.nodeName] : [])
    const { reflector } = reflect({ indexers: { byNode } })
    await reflector.waitForSync()
    const on = (node: string) => reflector.lister.byIndex('byNode', node).map((object) => object.metadata.name)
    expect(on('n1')).toEqual(['a'])
    await eventually(() => expect(api.watchCount).toBe(1))
    pod('a', 'n2')
    await eventually(() => expect([on('n1'), on('n2')]).toEqual([[], ['a']]))
    api.remove(pods, 'a', 'x')
    await eventually(() => expect(on('n2')).toEqual([]))
    expect(() => on.call(null, 'x') && reflector.lister.byIndex('nonsense', 'x')).toThrow()
  })

  test('managedFields are dropped, a transform decides otherwise', async () => {
    const metadata = { name: 'a', namespace: 'x', managedFields: [{}], annotations: { big: 'x' } }
    api.seed(pods, { metadata })
    const plain = reflect().reflector
    const slim = reflect({ transform: ({ metadata: { annotations: _, ...rest } }) => ({ metadata: rest }) }).reflector
    await Promise.all([plain.waitForSync(), slim.waitForSync()])
    expect(plain.store.get('x/a')?.metadata).not.toHaveProperty('managedFields')
    expect(plain.store.get('x/a')?.metadata.annotations).toEqual({ big: 'x' })
    expect(slim.store.get('x/a')?.metadata.annotations).toBeUndefined()
  })

  test('a handler that throws costs nobody else the event', async () => {
    const reflector = new Reflector(client, pods, { backoff: fast })
    running.push(reflector)
    reflector.addHandlers({
      onAdd: () => {
        throw new Error('broken')
      },
    })
    const names: string[] = []
    reflector.addHandlers({ onAdd: (object) => names.push(object.metadata.name) })
    pod('a')
    reflector.start()
    await reflector.waitForSync()
    expect(names).toEqual(['a'])
    const late: string[] = []
    reflector.addHandlers({ onAdd: (object) => late.push(object.metadata.name), onSync: () => late.push('sync') })
    expect(late).toEqual(['a', 'sync'])
  })

  test('stop ends the watch, silences handlers and refuses waiters', async () => {
    const { reflector, told } = reflect()
    await reflector.waitForSync()
    await eventually(() => expect(api.watchCount).toBe(1))
    await reflector.stop()
    pod('a')
    await eventually(() => expect(api.watchCount).toBe(0))
    expect(told).toEqual(['sync'])
    const never = new Reflector(client, pods)
    await never.stop()
    await expect(never.waitForSync()).rejects.toMatchObject({ code: 'CANCELLED' })
    await expect(new Reflector(client, pods).waitForSync(AbortSignal.abort(new Error('late')))).rejects.toThrow('late')
  })

  test('a server that accepts connections and never answers is given up by the deadline', async () => {
    const sockets = new Set<net.Socket>()
    const mute = net.createServer((socket) => sockets.add(socket)).listen(0, '127.0.0.1')
    await new Promise((resolve) => mute.once('listening', resolve))
    const server = `http://127.0.0.1:${(mute.address() as net.AddressInfo).port}`
    const slow = new KubeClient({ server }, { timeoutMs: 50 })
    await expect(slow.get(pods, 'a', { namespace: 'x' })).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' })
    const codes: string[] = []
    const onError = (error: unknown) => codes.push((error as { code: string }).code)
    const reflector = new Reflector(slow, pods, { backoff: fast, onError })
    running.push(reflector)
    reflector.start()
    await eventually(() => expect(codes.slice(0, 2)).toEqual(['DEADLINE_EXCEEDED', 'DEADLINE_EXCEEDED']))
    await reflector.stop()
    for (const socket of sockets) socket.destroy()
    mute.close()
  })
})

const silent = { debug() {}, info() {}, warn() {}, error() {} }
