import type { Log } from '../log.ts'

/** A part that runs beside the API until it is stopped. Stopping waits for the work under way. */
export interface Controller {
  start(): void
  stop(): Promise<void>
}

const FIRST_DELAY_MS = 50
const LONGEST_DELAY_MS = 10_000

/** Works off keys: each at most once at a time, again when it was added meanwhile, later and later when it fails. */
export class KeyQueue {
  readonly #work: (key: string) => Promise<void> | void
  readonly #log: Log
  readonly #parallel: number
  readonly #waiting = new Set<string>()
  readonly #running = new Map<string, Promise<void>>()
  readonly #timers = new Map<string, NodeJS.Timeout>()
  readonly #failures = new Map<string, number>()
  #stopped = false
  #scheduled = false

  constructor(log: Log, work: (key: string) => Promise<void> | void, parallel = 16) {
    this.#log = log
    this.#work = work
    this.#parallel = parallel
  }

  add(key: string): void {
    if (this.#stopped) return
    this.#waiting.add(key)
    this.#schedule()
  }

  /** Added once the time is over, unless a sooner one is set. */
  addAfter(key: string, delayMs: number): void {
    if (this.#stopped || this.#timers.has(key)) return
    const timer = setTimeout(() => {
      this.#timers.delete(key)
      this.add(key)
    }, delayMs)
    this.#timers.set(key, timer)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#waiting.clear()
    for (const timer of this.#timers.values()) clearTimeout(timer)
    await Promise.allSettled(this.#running.values())
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      for (const key of this.#waiting) {
        if (this.#running.size >= this.#parallel) break
        if (this.#running.has(key)) continue
        this.#waiting.delete(key)
        this.#running.set(key, this.#run(key))
      }
    })
  }

  async #run(key: string): Promise<void> {
    try {
      await this.#work(key)
      this.#failures.delete(key)
    } catch (error) {
      const failures = this.#failures.get(key) ?? 0
      this.#failures.set(key, failures + 1)
      this.#log(`${key}: ${(error as Error).message}`)
      this.addAfter(key, Math.min(FIRST_DELAY_MS * 2 ** failures, LONGEST_DELAY_MS))
    } finally {
      this.#running.delete(key)
      if (this.#waiting.size > 0 && !this.#stopped) this.#schedule()
    }
  }
}
