import { existsSync } from 'node:fs'
import { mkdtemp, open, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog } from '@open-local/kube'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SampleRow } from './sample-rows.ts'
import { SampleStore } from './sample-store.ts'

const HOUR = 3_600_000
const start = Date.parse('2026-01-08T00:00:00Z')
let folder: string
let file: string
let now: number
let store: SampleStore

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'open-local-samples-'))
  file = join(folder, 'history.db')
  now = start
  store = newStore()
  await store.open()
})
afterEach(async () => {
  await store.close()
  await rm(folder, { recursive: true, force: true })
})

const newStore = (maxRows?: number) => new SampleStore({ file, log: silentLog, now: () => now, maxRows })

const row = (at: number, more: Partial<SampleRow> = {}): SampleRow => ({
  subject: 'pool',
  key: 'n1/VolumeGroup/pool0',
  at,
  node: 'n1',
  capacity: '1000',
  allocated: '100',
  reserved: '0',
  available: '900',
  used: '50',
  ...more,
})

describe('what it keeps', () => {
  it('single samples for a day, then means of five minutes, for seven days', async () => {
    const allocated = Array.from({ length: 20 }, (_, n) => row(start + n * 30_000, { allocated: String(n * 10) }))
    await store.insert(allocated)
    now = start + 23 * HOUR
    await store.tidy()
    expect(await store.steps({ subject: 'fleet' }, 0, 30_000)).toHaveLength(20)

    now = start + 26 * HOUR
    await store.insert([row(now)])
    await store.tidy()
    await store.tidy()
    const kept = await store.steps({ subject: 'fleet' }, 0, 30_000)
    expect(kept.map((step) => Number(step.allocated))).toEqual([45, 145, 100])
    expect(Number(kept[0]!.step) * 30_000).toBe(start)

    now = start + 7 * 24 * HOUR + HOUR
    await store.tidy()
    expect(await store.steps({ subject: 'fleet' }, 0, 30_000)).toHaveLength(1)
  })

  it('rolls up what an earlier process left', async () => {
    await store.insert([row(start + 30_000, { allocated: '10' }), row(start + 60_000, { allocated: '30' })])
    await store.close()
    now = start + 48 * HOUR
    store = newStore()
    await store.open()
    await store.tidy()
    expect((await store.steps({ subject: 'fleet' }, 0, 30_000)).map((step) => Number(step.allocated))).toEqual([20])
  })

  it('at most so many rows: the oldest of volumes go first', async () => {
    await store.close()
    store = newStore(6)
    await store.open()
    const volume = (at: number) => row(at, { subject: 'volume', key: 'local-a', allocated: null, available: null })
    await store.insert(Array.from({ length: 5 }, (_, n) => row(start + n * 30_000)))
    await store.insert(Array.from({ length: 5 }, (_, n) => volume(start + n * 30_000)))
    await store.tidy()
    expect(await store.steps({ subject: 'fleet' }, 0, 30_000)).toHaveLength(5)
    const volumes = await store.steps({ subject: 'volume', key: 'local-a' }, 0, 30_000)
    expect(volumes.map((step) => Number(step.step) * 30_000)).toEqual([start + 4 * 30_000])
  })
})

describe('sums', () => {
  it('leave out pools that are not offered, which are still found by their key', async () => {
    await store.insert([row(start), row(start, { subject: 'aside', key: 'n1/VolumeGroup/system', capacity: '77' })])
    expect(await store.steps({ subject: 'fleet' }, 0, 30_000)).toMatchObject([{ capacity: 1000n }])
    expect(await store.steps({ subject: 'node', key: 'n1' }, 0, 30_000)).toMatchObject([{ capacity: 1000n }])
    expect(await store.steps({ subject: 'pool', key: 'n1/VolumeGroup/system' }, 0, 30_000)).toMatchObject([
      { capacity: 77n },
    ])
  })

  it('are unknown where a part is: one silent agent is not an empty node', async () => {
    await store.insert([row(start), row(start, { key: 'n2/VolumeGroup/pool0', node: 'n2', used: null })])
    expect(await store.steps({ subject: 'fleet' }, 0, 30_000)).toMatchObject([{ capacity: 2000n, used: null }])
    expect(await store.steps({ subject: 'node', key: 'n1' }, 0, 30_000)).toMatchObject([{ used: 50n }])
  })

  it('are exact above 2^53', async () => {
    await store.insert([row(start, { capacity: '9007199254740993', used: null })])
    expect((await store.steps({ subject: 'fleet' }, 0, 30_000))[0]!.capacity).toBe(9007199254740993n)
  })
})

describe('a file that is not well', () => {
  it('is moved aside when it breaks while in use, and the next sample is kept', async () => {
    for (let n = 0; n < 200; n++) await store.insert([row(start + n * 30_000, { key: `n1/${'x'.repeat(500)}/${n}` })])
    await store.close()
    await store.open()
    const { size } = await stat(file)
    const handle = await open(file, 'r+')
    await handle.write(Buffer.alloc(size - 4096, 0x5a), 0, size - 4096, 4096)
    await handle.close()
    await expect(store.steps({ subject: 'fleet' }, 0, 30_000)).rejects.toThrow()
    expect((await readdir(folder)).some((name) => name.includes('.broken-'))).toBe(true)
    await store.insert([row(start)])
    expect(await store.steps({ subject: 'fleet' }, 0, 30_000)).toHaveLength(1)
  })

  it('is moved aside when it is another program’s database', async () => {
    await store.close()
    await rm(file)
    const other = new Database(file)
    other.exec('CREATE TABLE Sample (recipe TEXT)')
    other.close()
    store = newStore()
    await store.open()
    await store.insert([row(start)])
    expect((await readdir(folder)).some((name) => name.includes('.broken-'))).toBe(true)
  })

  it('that cannot be made stops nothing: it is made once it can be', async () => {
    await store.close()
    file = join(folder, 'in-the-way', 'history.db')
    await writeFile(join(folder, 'in-the-way'), '')
    store = newStore()
    await store.open()
    await expect(store.steps({ subject: 'fleet' }, 0, 30_000)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await rm(join(folder, 'in-the-way'))
    await store.open()
    await store.insert([row(start)])
    expect(existsSync(file)).toBe(true)
  })
})
