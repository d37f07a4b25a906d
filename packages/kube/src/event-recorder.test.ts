import { afterEach, beforeEach, expect, test } from 'vitest'
import { KubeClient } from './client.ts'
import { EventRecorder } from './event-recorder.ts'
import { coreEvents } from './resources.ts'
import { type FakeApiServer, startFakeApiServer } from './testing/index.ts'

const at = new Date('2026-01-02T03:04:05.678Z')
const claim = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'c', namespace: 'x', uid: 'u' } }
const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' } }
let api: FakeApiServer
let client: KubeClient
let recorder: EventRecorder

beforeEach(async () => {
  api = await startFakeApiServer()
  client = new KubeClient(api.connection)
  recorder = new EventRecorder(client, { component: 'test', instance: 'one', now: () => at, maxQueued: 3 })
})

afterEach(async () => {
  client.close()
  await api.close()
})

test('an event has what the API server requires of one with a time', async () => {
  recorder.event(claim, 'Warning', 'NoSpace', 'No node has 1 TiB left.', 'Allocate')
  await recorder.flush()
  expect(api.list(coreEvents)).toMatchObject([
    {
      metadata: { namespace: 'x' },
      involvedObject: { kind: 'PersistentVolumeClaim', name: 'c', namespace: 'x', uid: 'u' },
      type: 'Warning',
      reason: 'NoSpace',
      action: 'Allocate',
      message: 'No node has 1 TiB left.',
      count: 1,
      eventTime: '2026-01-02T03:04:05.678000Z',
      firstTimestamp: '2026-01-02T03:04:05Z',
      lastTimestamp: '2026-01-02T03:04:05Z',
      reportingComponent: 'test',
      reportingInstance: 'one',
    },
  ])
})

test('an event about a cluster-scoped object goes to the default namespace', async () => {
  recorder.event(node, 'Normal', 'Found', 'A disk was found.')
  await recorder.flush()
  expect(api.list(coreEvents)[0]?.metadata.namespace).toBe('default')
})

test('repeats count up one event, in a burst and later on; another message is another event', async () => {
  for (let i = 0; i < 5; i++) recorder.event(claim, 'Warning', 'NoSpace', 'full')
  await recorder.flush()
  recorder.event(claim, 'Warning', 'NoSpace', 'full')
  recorder.event(claim, 'Warning', 'NoSpace', 'fuller')
  await recorder.flush()
  expect(api.list(coreEvents).map(({ message, count }) => [message, count])).toEqual([
    ['full', 6],
    ['fuller', 1],
  ])
  expect(api.requests.map((request) => request.method)).toEqual(['POST', 'PATCH', 'POST'])
})

test('a repeat of an event that the server has forgotten is a new one', async () => {
  recorder.event(claim, 'Warning', 'NoSpace', 'full')
  await recorder.flush()
  api.remove(coreEvents, api.list(coreEvents)[0]!.metadata.name, 'x')
  recorder.event(claim, 'Warning', 'NoSpace', 'full')
  await recorder.flush()
  expect(api.list(coreEvents).map((event) => event.count)).toEqual([1])
})

test('it never throws, and goes on after a failure', async () => {
  api.failNext(1, 403)
  recorder.event(claim, 'Warning', 'One', 'lost')
  recorder.event(claim, 'Warning', 'Two', 'written')
  await recorder.flush()
  expect(api.list(coreEvents).map((event) => event.reason)).toEqual(['Two'])
})

test('too many waiting events are dropped and counted; a long message is cut', async () => {
  for (let i = 0; i < 5; i++) recorder.event(claim, 'Normal', `R${i}`, 'é'.repeat(3000))
  expect(recorder.dropped).toBe(2)
  await recorder.flush()
  const [first] = api.list(coreEvents)
  expect(Buffer.byteLength(first!.message!)).toBeLessThanOrEqual(1024)
  expect(api.list(coreEvents)).toHaveLength(3)
})
