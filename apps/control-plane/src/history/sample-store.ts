import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Log } from '@open-local/kube'
import { messageOf, OpenLocalError } from '@open-local/shared'
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3'
import { PrismaClient } from './generated/client.ts'
import { migrate } from './migrate.ts'
import type { SampleRow } from './sample-rows.ts'

/** Single samples are kept this long, then their means. */
const RAW_MS = 86_400_000
const MEAN_MS = 300_000
const KEPT_MS = 7 * 86_400_000
/** Beyond this the oldest go, volumes' before pools': about 400 MB. */
const MAX_ROWS = 4_000_000

export interface SampleStoreOptions {
  file: string
  log: Log
  now: () => number
  maxRows?: number
}

/** Which samples: of all offered pools, of a node's, of one pool, or of one volume. */
export interface Subject {
  subject: 'fleet' | 'node' | 'pool' | 'volume'
  key?: string
}

/** Sums over what is asked for, one per step that has samples. Null where a part of the sum is not known. */
export type Step = Record<'step' | 'capacity' | 'allocated' | 'reserved' | 'available' | 'used', bigint | number | null>

/**
 * The file of samples, through Prisma. It is a cache: one that was deleted is made again, one that is broken is moved
 * aside, and one that cannot be opened at all is tried again with the next sample while everything else goes on.
 */
export class SampleStore {
  readonly #options: SampleStoreOptions
  #prisma: PrismaClient | undefined
  /** Why there is no file; logged once. */
  #trouble: string | undefined
  /** Everything before is rolled up; undefined until looked at. */
  #rolledTo: number | undefined

  constructor(options: SampleStoreOptions) {
    this.#options = options
  }

  /** Makes sure that there is a file to write to. Never throws: what is wrong is logged, and said by the next query. */
  async open(): Promise<void> {
    const { file, log } = this.#options
    if (this.#prisma && existsSync(file)) return
    if (this.#prisma) {
      log.warn({ file }, 'the history was deleted; it begins anew')
      await this.close()
      await removeFiles(file)
    }
    try {
      await mkdir(dirname(file), { recursive: true, mode: 0o700 })
      await migrate(file, migrationsFolder()).catch(async (error: unknown) => {
        if (isOfEnvironment(error)) throw error
        await this.#moveAside(error)
        await migrate(file, migrationsFolder())
      })
      this.#prisma = new PrismaClient({ adapter: new PrismaBetterSqlite3({ url: `file:${file}` }) })
      this.#trouble = undefined
    } catch (error) {
      if (!this.#trouble) log.error({ file, error: messageOf(error) }, 'no history is kept; it is tried again')
      this.#trouble = messageOf(error)
    }
  }

  async insert(rows: readonly SampleRow[]): Promise<void> {
    const json = JSON.stringify(rows)
    await this.#use(
      (db) => db.$executeRaw`
        INSERT OR REPLACE INTO Sample (subject, key, at, node, capacity, allocated, reserved, available, used)
        SELECT value->>'subject', value->>'key', value->>'at', value->>'node',
          CAST(value->>'capacity' AS INTEGER), CAST(value->>'allocated' AS INTEGER),
          CAST(value->>'reserved' AS INTEGER), CAST(value->>'available' AS INTEGER), CAST(value->>'used' AS INTEGER)
        FROM json_each(${json})`,
    )
  }

  /** Per step the last look at each thing; then the sum over things. */
  async steps({ subject, key = '' }: Subject, fromMs: number, stepMs: number): Promise<Step[]> {
    const [first, second] = {
      fleet: ['pool', ''],
      node: ['pool', ''],
      pool: ['pool', 'aside'],
      volume: ['volume', ''],
    }[subject] as [string, string]
    const onlyKey = subject === 'pool' || subject === 'volume' ? key : null
    const onlyNode = subject === 'node' ? key : null
    return this.#use(
      (db) => db.$queryRaw<Step[]>`
        SELECT step, SUM(capacity) AS capacity, SUM(allocated) AS allocated, SUM(reserved) AS reserved,
          SUM(available) AS available, CASE WHEN COUNT(used) = COUNT(*) THEN SUM(used) END AS used
        FROM (
          SELECT (at / ${BigInt(stepMs)}) AS step, MAX(at), capacity, allocated, reserved, available, used FROM Sample
          WHERE subject IN (${first}, ${second}) AND at >= ${BigInt(fromMs)}
            AND (${onlyKey} IS NULL OR key = ${onlyKey}) AND (${onlyNode} IS NULL OR node = ${onlyNode})
          GROUP BY key, at / ${BigInt(stepMs)}
        ) GROUP BY step ORDER BY step`,
    )
  }

  /** Rolls up, forgets what is too old, and keeps the file bounded. Safe to repeat. */
  async tidy(): Promise<void> {
    const now = this.#options.now()
    await this.#use(async (db) => {
      await db.sample.deleteMany({ where: { at: { lt: BigInt(now - KEPT_MS) } } })
      await this.#rollUp(db, Math.floor((now - RAW_MS) / MEAN_MS) * MEAN_MS)
      const maxRows = this.#options.maxRows ?? MAX_ROWS
      const over = async () => (await db.sample.count()) - maxRows
      let rows = await over()
      if (rows > 0)
        await db.$executeRaw`DELETE FROM Sample WHERE rowid IN (
          SELECT rowid FROM Sample WHERE subject = 'volume' ORDER BY at LIMIT ${rows})`
      rows = rows > 0 ? await over() : 0
      if (rows > 0)
        await db.$executeRaw`DELETE FROM Sample WHERE rowid IN (SELECT rowid FROM Sample ORDER BY at LIMIT ${rows})`
    })
  }

  async close(): Promise<void> {
    await this.#prisma?.$disconnect()
    this.#prisma = undefined
    this.#rolledTo = undefined
  }

  async #rollUp(db: PrismaClient, cutoff: number): Promise<void> {
    const mean = BigInt(MEAN_MS)
    if (this.#rolledTo === undefined) {
      const [raw] = await db.$queryRaw<{ at: bigint | number | null }[]>`
        SELECT MIN(at) AS at FROM Sample WHERE at % ${mean} <> 0`
      this.#rolledTo = raw?.at ? Math.floor(Number(raw.at) / MEAN_MS) * MEAN_MS : cutoff
    }
    if (this.#rolledTo >= cutoff) return
    const [from, to] = [BigInt(this.#rolledTo), BigInt(cutoff)]
    await db.$transaction([
      db.$executeRaw`
        INSERT OR REPLACE INTO Sample (subject, key, at, node, capacity, allocated, reserved, available, used)
        SELECT subject, key, at / ${mean} * ${mean}, MAX(node), CAST(AVG(capacity) AS INTEGER),
          CAST(AVG(allocated) AS INTEGER), CAST(AVG(reserved) AS INTEGER), CAST(AVG(available) AS INTEGER),
          CAST(AVG(used) AS INTEGER)
        FROM Sample WHERE at >= ${from} AND at < ${to} GROUP BY subject, key, at / ${mean}`,
      db.$executeRaw`DELETE FROM Sample WHERE at >= ${from} AND at < ${to} AND at % ${mean} <> 0`,
    ])
    this.#rolledTo = cutoff
  }

  /** Runs `work`; when the file turns out to be broken, moves it aside and begins anew, so that the next call works. */
  async #use<T>(work: (db: PrismaClient) => Promise<T>): Promise<T> {
    if (!this.#prisma)
      throw new OpenLocalError('UNAVAILABLE', `No history is kept: ${this.#trouble ?? 'it is not open'}`)
    try {
      return await work(this.#prisma)
    } catch (error) {
      if (/malformed|not a database|no such (table|column)/i.test(messageOf(error))) {
        await this.close()
        await this.#moveAside(error)
        await this.open()
      }
      throw error
    }
  }

  async #moveAside(error: unknown): Promise<void> {
    const { file, log, now } = this.#options
    const aside = `${file}.broken-${now()}`
    log.error({ file, aside, error: messageOf(error) }, 'the history cannot be read; it is moved aside and begun anew')
    await rename(file, aside).catch(() => {})
    await removeFiles(file)
  }
}

/** The disk or its permissions are at fault, not the file's content. */
function isOfEnvironment(error: unknown): boolean {
  const code = String((error as { code?: unknown } | null)?.code ?? '')
  return /^(SQLITE_(CANTOPEN|READONLY|FULL|BUSY|IOERR)|E[A-Z]+$)/.test(code)
}

async function removeFiles(file: string): Promise<void> {
  for (const suffix of ['', '-wal', '-shm']) await rm(`${file}${suffix}`, { force: true })
}

/** Beside the bundle in production, in the app's own folder in development. */
function migrationsFolder(): string {
  const here = dirname(fileURLToPath(import.meta.url))
  return [join(here, 'migrations'), join(here, '../../prisma/migrations')].find(existsSync) ?? join(here, 'migrations')
}
