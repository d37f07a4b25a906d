import { afterEach, beforeEach, expect, test } from 'vitest'
import { KubeClient } from './client.ts'
import { LeaderElector, type LeaderElectorOptions } from './leader-elector.ts'
import { leases } from './resources.ts'
import { eventually, type FakeApiServer, startFakeApiServer } from './testing/index.ts'

let api: FakeApiServer
let client: KubeClient
let electors: LeaderElector[] = []

beforeEach(async () => {
  api = await startFakeApiServer()
  client = new KubeClient(api.connection)
})

afterEach(async () => {
  await Promise.all(electors.map((elector) => elector.stop()))
  electors = []
  client.close()
  await api.close()
})

function elect(identity: string, options: Partial<LeaderElectorOptions> = {}) {
  const log: string[] = []
  const elector = new LeaderElector(client, {
    namespace: 'x',
    name: 'l',
    identity,
    leaseDurationMs: 1000,
    renewDeadlineMs: 600,
    retryPeriodMs: 20,
    onStartedLeading: (signal) => {
      log.push('started')
      signal.addEventListener('abort', () => log.push('aborted'))
    },
    onStoppedLeading: () => void log.push('stopped'),
    onNewLeader: (leader) => log.push(`leader ${leader}`),
    ...options,
  })
  electors.push(elector)
  elector.start()
  return { elector, log }
}

const holder = () => api.get(leases, 'l', 'x')?.spec?.holderIdentity

test('of several one leads; when it stops, it releases, and another takes over', async () => {
  const all = ['a', 'b', 'c'].map((identity) => elect(identity))
  await eventually(() => expect(all.filter(({ elector }) => elector.isLeader())).toHaveLength(1))
  const first = all.find(({ elector }) => elector.isLeader())!
  const rest = all.filter((one) => one !== first)
  await first.elector.stop()
  expect(first.elector.isLeader()).toBe(false)
  expect(first.log.filter((line) => !line.startsWith('leader'))).toEqual(['started', 'aborted', 'stopped'])
  await eventually(() => expect(rest.filter(({ elector }) => elector.isLeader())).toHaveLength(1))
  const second = rest.find(({ elector }) => elector.isLeader())!
  expect(holder()).toBe(second.elector.leader())
  await eventually(() => expect(rest.every(({ log }) => log.includes(`leader ${holder()}`))).toBe(true))
  expect(api.get(leases, 'l', 'x')?.spec?.leaseTransitions).toBeGreaterThan(0)
})

test('the lease is renewed with times that the server can parse', async () => {
  const { elector } = elect('a')
  await eventually(() => expect(elector.isLeader()).toBe(true))
  const first = api.get(leases, 'l', 'x')?.spec
  expect(first?.renewTime).toMatch(/T\d\d:\d\d:\d\d\.\d{6}Z$/)
  await eventually(() => expect(api.get(leases, 'l', 'x')?.spec?.renewTime).not.toBe(first?.renewTime))
  expect(api.get(leases, 'l', 'x')?.spec).toMatchObject({ acquireTime: first?.acquireTime, leaseTransitions: 0 })
})

test('a holder that crashed is replaced once its record has stood still, whatever times are in it', async () => {
  // By its own clock this lease was renewed in the far future; by ours it has only just been seen.
  const renewTime = '2099-01-01T00:00:00.000000Z'
  api.seed(leases, {
    metadata: { name: 'l', namespace: 'x' },
    spec: { holderIdentity: 'dead', leaseDurationSeconds: 1, renewTime, leaseTransitions: 4 },
  })
  const { elector, log } = elect('a')
  await eventually(() => expect(log).toEqual(['leader dead']))
  expect(elector.isLeader()).toBe(false)
  await eventually(() => expect(elector.isLeader()).toBe(true))
  expect(api.get(leases, 'l', 'x')?.spec?.leaseTransitions).toBe(5)
})

test('a lease of the past by its times is respected while its holder renews it', async () => {
  const spec = (n: number) => ({
    holderIdentity: 'slow',
    leaseDurationSeconds: 60,
    renewTime: `2001-01-01T00:00:0${n}.000000Z`,
  })
  api.seed(leases, { metadata: { name: 'l', namespace: 'x' }, spec: spec(1) })
  const { elector } = elect('a')
  await eventually(() => expect(elector.leader()).toBe('slow'))
  const asked = api.requests.length
  await eventually(() => expect(api.requests.length).toBeGreaterThan(asked + 3))
  expect(elector.isLeader()).toBe(false)
  expect(holder()).toBe('slow')
})

test('a leader that cannot renew stops leading before its lease has run out, and may lead again', async () => {
  const { elector, log } = elect('a')
  await eventually(() => expect(elector.isLeader()).toBe(true))
  api.failNext(10_000, 503, (request) => request.method !== 'GET')
  await eventually(() => expect(log).toEqual(['started', 'leader a', 'aborted', 'stopped']))
  expect(elector.isLeader()).toBe(false)
  expect(holder()).toBe('a')
})

test('a lease that somebody else took ends leading', async () => {
  const { elector, log } = elect('a')
  await eventually(() => expect(elector.isLeader()).toBe(true))
  const { metadata, spec } = api.get(leases, 'l', 'x')!
  api.seed(leases, { metadata, spec: { ...spec, holderIdentity: 'b', leaseDurationSeconds: 60 } })
  await eventually(() => expect(log).toEqual(['started', 'leader a', 'leader b', 'aborted', 'stopped']))
  await elector.stop()
  expect(holder()).toBe('b')
})

test('the lease is released after the work has been put down', async () => {
  const held: unknown[] = []
  const { elector } = elect('a', {
    onStoppedLeading: async () => {
      await new Promise((resolve) => setImmediate(resolve))
      held.push(holder())
    },
  })
  await eventually(() => expect(elector.isLeader()).toBe(true))
  await elector.stop()
  expect(held).toEqual(['a'])
  expect(holder() ?? null).toBe(null)
})
