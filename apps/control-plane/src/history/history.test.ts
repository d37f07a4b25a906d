import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Store, silentLog } from '@open-local/kube'
import { getHistory } from '@open-local/shared/api'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Books, ClusterView, PoolBook } from '../cluster/cluster-view.ts'
import { parseUsage } from './agent-usage.ts'
import { zeroAt } from './forecast.ts'
import { type History, openHistory } from './index.ts'

const GiB = 1n << 30n
let folder: string
let now = Date.parse('2026-01-08T00:00:00Z')
let available = 10n * GiB
let history: History

const pool = (): PoolBook => ({
  node: 'n1',
  kind: 'VolumeGroup',
  name: 'pool0',
  mediaType: 'ssd',
  capacityBytes: 20n * GiB,
  allocatableBytes: 20n * GiB,
  allocatedBytes: 20n * GiB - available,
  reservedBytes: 0n,
  foreignBytes: 0n,
  extentBytes: 1n,
  offered: true,
  healthy: true,
  physicalVolumes: [],
  availableBytes: available,
  volumeIds: [],
})
const books: Books = {
  pools: () => [pool()],
  poolsOf: () => [pool()],
  placementOf: () => undefined,
  refusalsFor: () => [],
}
const view = {
  nodes: new Store(),
  nodeLocalStorages: new Store(),
  nodeLocalVolumes: new Store(),
  hasSynced: () => true,
} as unknown as ClusterView

const open = () =>
  openHistory({
    file: join(folder, 'history.db'),
    view,
    books,
    agents: { port: 1, token: async () => '' },
    log: silentLog,
    now: () => now,
    intervalMs: 30_000,
  })

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'open-local-history-'))
  available = 10n * GiB
  history = await open()
})
afterEach(async () => {
  await history.close()
  await rm(folder, { recursive: true, force: true })
})

async function samples(count: number, everyMs = 30_000): Promise<void> {
  for (let i = 0; i < count; i++) {
    await history.sampleNow()
    now += everyMs
  }
}

it('answers what it sampled, by the contract, and leaves gaps where nothing was', async () => {
  await samples(3)
  now += 600_000
  await samples(2)
  const reply = getHistory.reply.parse(await history.query({ subject: 'fleet', range: '1h' }))
  expect(reply.points).toHaveLength(5)
  expect(reply.points[0]).toMatchObject({
    capacityBytes: Number(20n * GiB),
    availableBytes: Number(10n * GiB),
    usedBytes: null,
  })
  const steps = reply.points.slice(1).map((p, i) => Date.parse(p.at) - Date.parse(reply.points[i]!.at))
  expect(Math.max(...steps)).toBeGreaterThanOrEqual(600_000)
  expect(await history.query({ subject: 'node', key: 'n1', range: '1h' })).toMatchObject({ points: { length: 5 } })
  expect(await history.query({ subject: 'node', key: 'n2', range: '1h' })).toMatchObject({ points: { length: 0 } })
  expect(await history.query({ subject: 'pool', key: 'n1/VolumeGroup/pool0', range: '1h' })).toMatchObject({
    points: { length: 5 },
  })
})

it('keeps seven days', async () => {
  await history.sampleNow()
  now += 8 * 86_400_000
  for (let i = 0; i < 61; i++) await samples(1)
  const week = await history.query({ range: '7d' })
  expect(Date.parse(week.points[0]!.at)).toBeGreaterThan(now - 7 * 86_400_000)
})

it('outlives a restart, a deleted file and a file that is no database', async () => {
  await samples(2)
  await history.close()
  history = await open()
  expect((await history.query({ range: '1h' })).points).toHaveLength(2)

  await rm(join(folder, 'history.db'))
  await samples(1)
  expect(existsSync(join(folder, 'history.db'))).toBe(true)
  expect((await history.query({ range: '1h' })).points).toHaveLength(1)

  await history.close()
  for (const suffix of ['-wal', '-shm']) await rm(join(folder, `history.db${suffix}`), { force: true })
  await writeFile(join(folder, 'history.db'), 'not a database at all, but long enough to be looked at')
  history = await open()
  expect((await readdir(folder)).some((name) => name.includes('.broken-'))).toBe(true)
  await samples(1)
  expect((await history.query({ range: '1h' })).points).toHaveLength(1)
})

it('forecasts from what falls', async () => {
  for (let i = 0; i < 10; i++) {
    available -= GiB / 2n
    await samples(1)
  }
  const reply = await history.query({ range: '1h' })
  expect(Date.parse(reply.fullAt!) - now).toBeLessThan(10 * 60_000)
  expect(zeroAt([{ atMs: 0, value: 5 }], 1)).toBeUndefined()
  expect(
    zeroAt(
      Array.from({ length: 9 }, (_, i) => ({ atMs: i * 1000, value: 5 + i })),
      9000,
    ),
  ).toBeUndefined()
})

it('reads used bytes from Prometheus text, and nothing else', () => {
  const text = `# TYPE open_local_volume_used_bytes gauge
open_local_volume_used_bytes{volume="local-a",namespace="ns",claim="c"} 1.5e+3
open_local_volume_used_bytes{namespace="ns",volume="local-b"} 42
open_local_volume_size_bytes{volume="local-a"} 9
open_local_volume_used_bytes{volume="local-c"} NaN`
  expect([...parseUsage(text)]).toEqual([
    ['local-a', 1500n],
    ['local-b', 42n],
  ])
})
