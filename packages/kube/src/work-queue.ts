import { backoffMs } from './backoff.ts'
import { type Log, silentLog } from './log.ts'

export interface WorkQueueOptions {
  /** Shown in log lines. */
  name?: string
  /** Keys handled at the same time; 1 when absent. */
  workers?: number
  /** First and longest pause between tries of one key; 5 ms and 30 s when absent. */
  baseDelayMs?: number
  maxDelayMs?: number
  random?: () => number
  log?: Log
  metrics?: {
    /** Keys waiting for a worker. */
    depth?(depth: number): void
    added?(): void
    retried?(): void
    /** Time that one handler took, in ms. */
    handled?(durationMs: number, failed: boolean): void
  }
}

/** `requeueAfterMs` asks for another visit although all is well. */
export type HandlerResult = { requeueAfterMs: number } | undefined
export type WorkHandler = (key: string, signal: AbortSignal) => Promise<void> | Promise<HandlerResult>

/**
 * Keys waiting to be worked on. A key waits at most once; it is never handled by two workers at a time; one added
 * while it is being handled is handled again afterwards. A handler that throws is tried again after a growing pause;
 * one that returns is forgotten. Keys are taken in the order in which they were first added.
 */
export class WorkQueue {
  readonly #options: WorkQueueOptions
  readonly #log: Log
  readonly #waiting = new Set<string>()
  readonly #running = new Set<string>()
  /** Added again while running. */
  readonly #dirty = new Set<string>()
  readonly #delayed = new Map<string, { timer: NodeJS.Timeout; at: number }>()
  readonly #failures = new Map<string, number>()
  readonly #stopped = new AbortController()
  #handler: WorkHandler | undefined
  #closed = false
  #idle: PromiseWithResolvers<void> | undefined

  constructor(options: WorkQueueOptions = {}) {
    this.#options = options
    this.#log = options.log ?? silentLog
  }

  /** Keys waiting for a worker, delayed ones left out. */
  get depth(): number {
    return this.#waiting.size
  }

  /** Ignored after `drain` or `stop`. */
  add(key: string): void {
    if (this.#closed) return
    this.#options.metrics?.added?.()
    this.#cancelDelayed(key)
    this.#enqueue(key)
  }

  /** The earliest of several delays counts; `add` overtakes them all. */
  addAfter(key: string, delayMs: number): void {
    if (this.#closed) return
    if (delayMs <= 0) {
      this.add(key)
      return
    }
    const at = performance.now() + delayMs
    const known = this.#delayed.get(key)
    if (known && known.at <= at) return
    this.#cancelDelayed(key)
    const timer = setTimeout(() => {
      this.#delayed.delete(key)
      this.add(key)
    }, delayMs)
    this.#delayed.set(key, { timer, at })
  }

  /** The next failure of `key` counts as its first. Does not take it out of the queue. */
  forget(key: string): void {
    this.#failures.delete(key)
  }

  /** Failures in a row. */
  failures(key: string): number {
    return this.#failures.get(key) ?? 0
  }

  /** Starts the workers and returns at once. Only one handler for the queue's whole life. */
  run(handler: WorkHandler): void {
    if (this.#handler) throw new TypeError(`queue ${this.#options.name ?? ''} is running already`)
    this.#handler = handler
    this.#pump()
  }

  /** Resolves when nothing waits or runs; keys that are delayed, retries among them, do not count. */
  async idle(): Promise<void> {
    if (this.#waiting.size + this.#running.size === 0) return
    this.#idle ??= Promise.withResolvers<void>()
    await this.#idle.promise
  }

  /** Takes no more keys, drops delayed ones, and resolves when those waiting have been handled once. */
  async drain(): Promise<void> {
    this.#close()
    if (this.#handler) await this.idle()
  }

  /** Takes no more keys, drops those waiting, tells running handlers by their signal and waits for them. */
  async stop(): Promise<void> {
    this.#close()
    this.#stopped.abort()
    this.#waiting.clear()
    this.#dirty.clear()
    this.#options.metrics?.depth?.(0)
    this.#settle()
    await this.idle()
  }

  #close(): void {
    this.#closed = true
    for (const key of [...this.#delayed.keys()]) this.#cancelDelayed(key)
  }

  #enqueue(key: string): void {
    if (this.#running.has(key)) this.#dirty.add(key)
    else this.#waiting.add(key)
    this.#options.metrics?.depth?.(this.#waiting.size)
    this.#pump()
  }

  #pump(): void {
    if (!this.#handler) return
    for (const key of this.#waiting) {
      if (this.#running.size >= (this.#options.workers ?? 1)) return
      this.#waiting.delete(key)
      this.#running.add(key)
      this.#options.metrics?.depth?.(this.#waiting.size)
      void this.#work(this.#handler, key)
    }
  }

  async #work(handler: WorkHandler, key: string): Promise<void> {
    const startedAt = performance.now()
    let result: HandlerResult | undefined
    let failure: { error: unknown } | undefined
    try {
      result = (await handler(key, this.#stopped.signal)) as HandlerResult
    } catch (error) {
      failure = { error }
    }
    this.#options.metrics?.handled?.(performance.now() - startedAt, failure !== undefined)
    this.#running.delete(key)
    if (failure) this.#retryLater(key, failure.error)
    else {
      this.#failures.delete(key)
      if (result) this.addAfter(key, result.requeueAfterMs)
    }
    if (this.#dirty.delete(key)) {
      this.#cancelDelayed(key)
      this.#enqueue(key)
    } else this.#pump()
    this.#settle()
  }

  #retryLater(key: string, error: unknown): void {
    if (this.#closed) return
    const failures = this.failures(key)
    this.#failures.set(key, failures + 1)
    const { baseDelayMs: baseMs = 5, maxDelayMs: maxMs = 30_000, random, name, metrics } = this.#options
    const delayMs = backoffMs(failures, { baseMs, maxMs, random })
    metrics?.retried?.()
    this.#log.warn({ err: error, queue: name, key, failures: failures + 1, delayMs }, 'handler failed, will retry')
    this.addAfter(key, delayMs)
  }

  #cancelDelayed(key: string): void {
    clearTimeout(this.#delayed.get(key)?.timer)
    this.#delayed.delete(key)
  }

  #settle(): void {
    if (this.#waiting.size + this.#running.size > 0) return
    this.#idle?.resolve()
    this.#idle = undefined
  }
}
