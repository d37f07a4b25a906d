import type { Log } from '@open-local/kube'
import { messageOf } from '@open-local/shared'
import type { Delta, Hello } from '@open-local/shared/api'
import type { Books, ClusterView } from '../cluster/cluster-view.ts'
import type { History } from '../history/index.ts'
import type { RowContext } from './rows/context.ts'
import type { ClusterInfo } from './rows/overview.ts'
import { changesBetween, computeRows, type Rows, type VolumeRowMemo } from './rows-cache.ts'

/** Changes within this time go out as one batch. */
const COALESCE_MS = 100
/** A recompute takes at most this part of the time: with many rows, batches become rarer. */
const DUTY = 4
/** Ages change without an event. */
const TICK_MS = 5_000
const RING = 500

export interface HubOptions {
  view: ClusterView
  books: Books
  history: Pick<History, 'usedBytes' | 'onUsage'>
  cluster: ClusterInfo
  log: Log
  now?: () => number
}

/** Keeps the rows, and tells readers what changed in them: deltas, never whole lists. */
export class Hub {
  readonly #options: HubOptions
  readonly #readers = new Set<(delta: Delta) => void>()
  readonly #ring: Delta[] = []
  readonly #unsubscribe: () => void
  readonly #tick: NodeJS.Timeout
  readonly #memo: VolumeRowMemo = new Map()
  #rows: Rows | undefined
  #dirty = true
  #timer: NodeJS.Timeout | undefined
  #computeMs = 0
  // Begins at the clock, so that a reader of an earlier process is never mistaken for one of this.
  #seq: number

  constructor(options: HubOptions) {
    this.#options = options
    this.#seq = (options.now ?? Date.now)() * 1000
    this.#unsubscribe = options.view.subscribe(() => this.#changed())
    options.history.onUsage(() => this.#changed())
    this.#tick = setInterval(() => this.#changed(), TICK_MS)
    this.#tick.unref()
  }

  get context(): RowContext {
    const { view, books, cluster, history } = this.#options
    return {
      view,
      books,
      driver: cluster.driver,
      usedBytes: (id) => history.usedBytes(id),
      nowMs: (this.#options.now ?? Date.now)(),
    }
  }

  /** The rows as of now. */
  rows(): Rows {
    if (!this.#rows || this.#dirty) this.refresh()
    return this.#rows!
  }

  get hello(): Hello {
    return { seq: this.#seq, at: new Date(this.context.nowMs).toISOString(), reset: false }
  }

  /** Batches after `seq`; undefined when some of them are forgotten, so that the reader must fetch everything again. */
  since(seq: number): Delta[] | undefined {
    if (seq === this.#seq) return []
    const first = this.#ring.findIndex((delta) => delta.seq > seq)
    const known = this.#ring[0] !== undefined && seq >= this.#ring[0].seq - 1 && seq <= this.#seq
    return known && first >= 0 ? this.#ring.slice(first) : undefined
  }

  listen(reader: (delta: Delta) => void): () => void {
    this.rows()
    this.#readers.add(reader)
    return () => this.#readers.delete(reader)
  }

  /** Computes the rows anew and sends what changed. */
  refresh(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#dirty = false
    const started = performance.now()
    const after = computeRows(this.context, this.#options.cluster, this.#memo)
    const before = this.#rows
    this.#rows = after
    if (before) {
      const changes = changesBetween(before, after)
      if (changes.length) {
        const delta: Delta = { seq: ++this.#seq, at: new Date(this.context.nowMs).toISOString(), changes }
        this.#ring.push(delta)
        if (this.#ring.length > RING) this.#ring.shift()
        for (const reader of this.#readers) reader(delta)
      }
    }
    this.#computeMs = performance.now() - started
  }

  close(): void {
    this.#unsubscribe()
    clearInterval(this.#tick)
    clearTimeout(this.#timer)
    this.#readers.clear()
  }

  #changed(): void {
    this.#dirty = true
    // Without readers nothing is computed until somebody asks.
    if (this.#timer || this.#readers.size === 0) return
    this.#timer = setTimeout(
      () => {
        try {
          this.refresh()
        } catch (error) {
          this.#timer = undefined
          this.#options.log.error({ error: messageOf(error) }, 'rows cannot be computed')
        }
      },
      Math.max(COALESCE_MS, this.#computeMs * DUTY),
    )
  }
}
