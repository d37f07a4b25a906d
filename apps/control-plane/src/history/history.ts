import type { Log } from '@open-local/kube'
import { messageOf } from '@open-local/shared'
import type { getHistory, HistoryPoint, QueryOf, ReplyOf } from '@open-local/shared/api'
import type { Books, ClusterView } from '../cluster/cluster-view.ts'
import { AgentUsage, type AgentUsageOptions, type Usage } from './agent-usage.ts'
import { zeroAt } from './forecast.ts'
import { sampleRows } from './sample-rows.ts'
import { SampleStore } from './sample-store.ts'

const INTERVAL_MS = 30_000
/** The agents are asked this many times for each sample that is kept: rows show used bytes sooner than charts. */
const LOOKS = 3
const TIDY_MS = 30 * 60_000

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
  /** Samples kept in all. */
  maxRows?: number
}

/** Opens, or makes, the history and starts sampling. Never fails for the file's sake: see SampleStore. */
export async function openHistory(options: HistoryOptions): Promise<History> {
  const history = new SampledHistory(options)
  await history.start()
  return history
}

class SampledHistory implements History {
  readonly #options: HistoryOptions
  readonly #agents: AgentUsage
  readonly #store: SampleStore
  readonly #now: () => number
  readonly #intervalMs: number
  readonly #listeners: (() => void)[] = []
  #usage: Usage = { used: new Map(), heard: new Set() }
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined
  #sampledAt = 0
  #tidiedAt = 0

  constructor(options: HistoryOptions) {
    this.#options = options
    this.#now = options.now ?? Date.now
    this.#intervalMs = options.intervalMs ?? INTERVAL_MS
    this.#agents = new AgentUsage(options.view, options.agents, options.log)
    this.#store = new SampleStore({ ...options, now: this.#now })
  }

  async start(): Promise<void> {
    await this.#store.open()
    this.#timer = setInterval(() => this.#tick(), this.#intervalMs / LOOKS)
    this.#timer.unref()
  }

  usedBytes(volumeId: string): bigint | undefined {
    return this.#usage.used.get(volumeId)
  }

  onUsage(listener: () => void): void {
    this.#listeners.push(listener)
  }

  async sampleNow(): Promise<void> {
    if (!this.#options.view.hasSynced()) return
    await this.#look()
    await this.#sample()
  }

  async query(query: QueryOf<typeof getHistory>): Promise<ReplyOf<typeof getHistory>> {
    const { subject = 'fleet', key, range = '24h' } = query
    const to = this.#now()
    const from = to - ranges[range]
    const stepMs = Math.max(this.#intervalMs, Math.ceil(ranges[range] / POINTS / 1000) * 1000)
    const number = (value: bigint | number | null) => (value === null ? null : Number(value))
    const points = (await this.#store.steps({ subject, key }, from, stepMs)).map(
      (row): HistoryPoint => ({
        at: new Date(Number(row.step) * stepMs).toISOString(),
        capacityBytes: Number(row.capacity ?? 0),
        allocatedBytes: number(row.allocated),
        reservedBytes: number(row.reserved),
        availableBytes: number(row.available),
        usedBytes: number(row.used),
      }),
    )
    const left = points.flatMap(({ at, capacityBytes, usedBytes, availableBytes }) => {
      const unused = usedBytes === null ? null : capacityBytes - usedBytes
      const value = subject === 'volume' ? unused : availableBytes
      return value === null ? [] : [{ atMs: Date.parse(at), value }]
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
    this.#agents.close()
    await this.#store.close()
  }

  #tick(): void {
    if (this.#running || !this.#options.view.hasSynced()) return
    this.#running = this.#look()
      .then(() => (this.#step() === this.#sampledAt ? undefined : this.#sample()))
      .catch((error: unknown) => this.#options.log.error({ error: messageOf(error) }, 'no sample was taken'))
      .finally(() => {
        this.#running = undefined
      })
  }

  /** Samples lie on a grid: however late a tick is within its step, a chart of that step has no false gap. */
  #step(): number {
    return Math.floor(this.#now() / this.#intervalMs) * this.#intervalMs
  }

  async #look(): Promise<void> {
    this.#usage = await this.#agents.read()
    for (const listener of this.#listeners) listener()
  }

  async #sample(): Promise<void> {
    const at = this.#step()
    await this.#store.open()
    await this.#store.insert(sampleRows(this.#options.books, this.#options.view, this.#usage, at))
    this.#sampledAt = at
    if (at - this.#tidiedAt < TIDY_MS) return
    this.#tidiedAt = at
    await this.#store.tidy()
  }
}
