import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Log } from '@open-local/kube'
import { bytesFromJson, messageOf } from '@open-local/shared'
import type { getHistory, HistoryPoint, QueryOf, ReplyOf } from '@open-local/shared/api'
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3'
import type { Books, ClusterView } from '../cluster/cluster-view.ts'
import { poolRowKey } from '../cluster/pool-row-key.ts'
import { AgentUsage, type AgentUsageOptions } from './agent-usage.ts'
import { zeroAt } from './forecast.ts'
import { PrismaClient } from './generated/client.ts'
import { migrate } from './migrate.ts'

const INTERVAL_MS = 30_000
const KEPT_MS = 7 * 86_400_000
/** Beyond this the oldest go: about 400 MB. */
const MAX_ROWS = 4_000_000
const PRUNE_EVERY = 60

const ranges = { '1h': 3_600_000, '6h': 6 * 3_600_000, '24h': 86_400_000, '7d': 7 * 86_400_000 } as const
/** Points that a chart is worth. */
const POINTS = 240

export interface History {
  query(query: QueryOf<typeof getHistory>): Promise<ReplyOf<typeof getHistory>>
  /** The latest bytes used inside a volume; undefined when its agent has not said. */
  usedBytes(volumeId: string): bigint | undefined
  /** Called after each look at the agents. */
  onUsage(listener: () => void): void
  sampleNow(): Promise<void>
  close(): Promise<void>
}

export interface HistoryOptions {
  file: string
  view: ClusterView
  books: Books
  agents: AgentUsageOptions
  log: Log
  now?: () => number
  intervalMs?: number
}

interface Row {
  subject: 'pool' | 'volume'
  key: string
  at: number
  node: string
  capacity: string
  allocated: string | null
  reserved: string | null
  available: string | null
  used: string | null
}

/** Opens, or makes, the history and starts sampling. A file that is not a database is moved aside, with a log line. */
export async function openHistory(options: HistoryOptions): Promise<History> {
  await mkdir(dirname(options.file), { recursive: true, mode: 0o700 })
  const store = new HistoryStore(options)
  await store.open()
  store.start()
  return store
}

/** Beside the bundle in production, in the app's own folder in development. */
function migrationsFolder(): string {
  const here = dirname(fileURLToPath(import.meta.url))
  return [join(here, 'migrations'), join(here, '../../prisma/migrations')].find(existsSync) ?? join(here, 'migrations')
}

class HistoryStore implements History {
  readonly #options: HistoryOptions
  readonly #usage: AgentUsage
  readonly #now: () => number
  readonly #listeners: (() => void)[] = []
  #prisma: PrismaClient | undefined
  #used = new Map<string, bigint>()
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined
  #samples = 0

  constructor(options: HistoryOptions) {
    this.#options = options
    this.#usage = new AgentUsage(options.view, options.agents, options.log)
    this.#now = options.now ?? Date.now
  }

  async open(): Promise<void> {
    const { file, log } = this.#options
    try {
      await migrate(file, migrationsFolder())
    } catch (error) {
      const aside = `${file}.broken-${this.#now()}`
      log.error(
        { file, aside, error: messageOf(error) },
        'the history cannot be read; it is moved aside and begun anew',
      )
      await rename(file, aside).catch(() => {})
      await this.#removeFiles()
      await migrate(file, migrationsFolder())
    }
    this.#prisma = new PrismaClient({ adapter: new PrismaBetterSqlite3({ url: `file:${file}` }) })
  }

  start(): void {
    const interval = this.#options.intervalMs ?? INTERVAL_MS
    this.#timer = setInterval(() => void this.#guarded(), interval)
    this.#timer.unref()
    setTimeout(() => void this.#guarded(), Math.min(5_000, interval)).unref()
  }

  usedBytes(volumeId: string): bigint | undefined {
    return this.#used.get(volumeId)
  }

  onUsage(listener: () => void): void {
    this.#listeners.push(listener)
  }

  async sampleNow(): Promise<void> {
    const { view, file, log } = this.#options
    if (!view.hasSynced()) return
    if (!existsSync(file)) {
      log.warn({ file }, 'the history was deleted; it begins anew')
      await this.#prisma?.$disconnect()
      await this.#removeFiles()
      await this.open()
    }
    this.#used = await this.#usage.read()
    for (const listener of this.#listeners) listener()
    const rows = JSON.stringify(this.#rows(this.#now()))
    await this.#db
      .$executeRaw`INSERT OR REPLACE INTO Sample (subject, key, at, node, capacity, allocated, reserved, available, used)
      SELECT value->>'subject', value->>'key', value->>'at', value->>'node', CAST(value->>'capacity' AS INTEGER), CAST(value->>'allocated' AS INTEGER),
        CAST(value->>'reserved' AS INTEGER), CAST(value->>'available' AS INTEGER), CAST(value->>'used' AS INTEGER)
      FROM json_each(${rows})`
    if (this.#samples++ % PRUNE_EVERY === 0) await this.#prune()
  }

  async query(query: QueryOf<typeof getHistory>): Promise<ReplyOf<typeof getHistory>> {
    const { subject = 'fleet', key, range = '24h' } = query
    const to = this.#now()
    const from = to - ranges[range]
    const stepMs = Math.max(this.#options.intervalMs ?? INTERVAL_MS, Math.ceil(ranges[range] / POINTS / 1000) * 1000)
    const table = subject === 'volume' ? 'volume' : 'pool'
    const onlyKey = subject === 'pool' || subject === 'volume' ? (key ?? '') : null
    const onlyNode = subject === 'node' ? (key ?? '') : null
    // Per step the last look at each thing; then the sum over things.
    const found = await this.#db.$queryRaw<
      Record<'step' | 'capacity' | 'allocated' | 'reserved' | 'available' | 'used', bigint | number | null>[]
    >`
      SELECT step, SUM(capacity) AS capacity, SUM(allocated) AS allocated, SUM(reserved) AS reserved, SUM(available) AS available, SUM(used) AS used FROM (
        SELECT (at / ${BigInt(stepMs)}) AS step, MAX(at), capacity, allocated, reserved, available, used FROM Sample
        WHERE subject = ${table} AND at >= ${BigInt(from)} AND (${onlyKey} IS NULL OR key = ${onlyKey}) AND (${onlyNode} IS NULL OR node = ${onlyNode})
        GROUP BY key, at / ${BigInt(stepMs)}
      ) GROUP BY step ORDER BY step`
    const number = (value: bigint | number | null) => (value === null ? null : Number(value))
    const points: HistoryPoint[] = found.map((row) => ({
      at: new Date(Number(row.step) * stepMs).toISOString(),
      capacityBytes: Number(row.capacity ?? 0),
      allocatedBytes: number(row.allocated),
      reservedBytes: number(row.reserved),
      availableBytes: number(row.available),
      usedBytes: number(row.used),
    }))
    const left = points.flatMap((point) => {
      const value =
        subject === 'volume'
          ? point.usedBytes === null
            ? null
            : point.capacityBytes - point.usedBytes
          : point.availableBytes
      return value === null ? [] : [{ atMs: Date.parse(point.at), value }]
    })
    const full = zeroAt(left, to)
    return {
      from: new Date(from).toISOString(),
      to: new Date(to).toISOString(),
      stepSeconds: stepMs / 1000,
      points,
      fullAt: full === undefined ? null : new Date(full).toISOString(),
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#running
    this.#usage.close()
    await this.#prisma?.$disconnect()
  }

  get #db(): PrismaClient {
    if (!this.#prisma) throw new Error('the history is not open')
    return this.#prisma
  }

  #guarded(): Promise<void> {
    this.#running ??= this.sampleNow()
      .catch((error: unknown) => this.#options.log.error({ error: messageOf(error) }, 'no sample was taken'))
      .finally(() => {
        this.#running = undefined
      })
    return this.#running
  }

  #rows(at: number): Row[] {
    const { books, view } = this.#options
    const text = (value: bigint | undefined) => (value === undefined ? null : value.toString())
    return [
      ...books.pools().map((pool): Row => {
        const used = pool.volumeIds.map((id) => this.#used.get(id)).filter((bytes) => bytes !== undefined)
        return {
          subject: 'pool',
          key: poolRowKey(pool),
          at,
          node: pool.node,
          capacity: pool.capacityBytes.toString(),
          allocated: text(pool.allocatedBytes),
          reserved: text(pool.reservedBytes),
          available: text(pool.availableBytes),
          used: used.length ? used.reduce((a, b) => a + b, 0n).toString() : null,
        }
      }),
      ...view.nodeLocalVolumes.list().map(
        (volume): Row => ({
          subject: 'volume',
          key: volume.metadata.name,
          at,
          node: volume.spec.nodeName,
          capacity: bytesFromJson(volume.status?.sizeBytes ?? volume.spec.sizeBytes).toString(),
          allocated: null,
          reserved: null,
          available: null,
          used: text(this.#used.get(volume.metadata.name)),
        }),
      ),
    ]
  }

  async #prune(): Promise<void> {
    await this.#db.sample.deleteMany({ where: { at: { lt: BigInt(this.#now() - KEPT_MS) } } })
    const over = (await this.#db.sample.count()) - MAX_ROWS
    if (over <= 0) return
    await this.#db.$executeRaw`DELETE FROM Sample WHERE rowid IN (SELECT rowid FROM Sample ORDER BY at LIMIT ${over})`
  }

  async #removeFiles(): Promise<void> {
    for (const suffix of ['', '-wal', '-shm']) await rm(`${this.#options.file}${suffix}`, { force: true })
  }
}
