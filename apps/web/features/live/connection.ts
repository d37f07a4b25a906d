import type { Change, Delta, Hello } from '@open-local/shared/api'
import { paths } from '../../lib/paths.ts'

export interface LiveStatus {
  state: 'connecting' | 'live' | 'reconnecting' | 'paused'
  /** When the server was last heard; ms since the epoch. */
  heardAt: number | null
  retryAt: number | null
}

export interface LiveEvents {
  onChanges: (changes: Change[]) => void
  /** What is held may have missed something: fetch it again. */
  onReset: () => void
}

const retryDelaysMs = [1_000, 2_000, 4_000, 8_000, 15_000, 30_000]

/**
 * The application's one stream of changes. Batches what arrives within a frame into one call of `onChanges`; when the
 * stream is lost, tries again by itself (1 s to 30 s) and says when. EventSource's own retry is not used: it neither
 * says when it will try nor tries after an HTTP error.
 */
export class LiveConnection {
  #events: LiveEvents
  #source: EventSource | null = null
  #status: LiveStatus = { state: 'connecting', heardAt: null, retryAt: null }
  #listeners = new Set<() => void>()
  #queue: Change[] = []
  #frame: number | null = null
  #retry: ReturnType<typeof setTimeout> | null = null
  #failures = 0
  #seq: number | null = null

  constructor(events: LiveEvents) {
    this.#events = events
  }

  status = (): LiveStatus => this.#status

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Connects, or tries again at once. Safe to repeat. */
  open = (): void => {
    this.#drop()
    const source = new EventSource(paths.stream)
    this.#source = source
    source.addEventListener('hello', (event) => this.#greet(JSON.parse(event.data) as Hello))
    source.addEventListener('delta', (event) => this.#receive(JSON.parse(event.data) as Delta))
    source.onerror = () => this.#lost()
  }

  /** Disconnects until `open`: a hidden tab would hold one of the browser's six connections to this origin. */
  pause = (): void => {
    this.#drop()
    this.#set({ ...this.#status, state: 'paused', retryAt: null })
  }

  close = (): void => {
    this.#drop()
    if (this.#frame !== null) cancelAnimationFrame(this.#frame)
    this.#frame = null
    this.#queue = []
  }

  #greet(hello: Hello): void {
    this.#failures = 0
    // A new EventSource cannot say where the last one ended: unless nothing happened since, fetch again.
    if (hello.reset || hello.seq !== this.#seq) this.#events.onReset()
    this.#seq = hello.seq
    this.#set({ state: 'live', heardAt: Date.now(), retryAt: null })
  }

  #receive(delta: Delta): void {
    this.#seq = delta.seq
    this.#queue.push(...delta.changes)
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = null
      const changes = this.#queue
      this.#queue = []
      this.#events.onChanges(changes)
      this.#set({ state: 'live', heardAt: Date.now(), retryAt: null })
    })
  }

  #lost(): void {
    this.#drop()
    const delay = retryDelaysMs[Math.min(this.#failures, retryDelaysMs.length - 1)]!
    this.#failures++
    this.#set({ ...this.#status, state: 'reconnecting', retryAt: Date.now() + delay })
    this.#retry = setTimeout(this.open, delay)
  }

  #drop(): void {
    this.#source?.close()
    this.#source = null
    if (this.#retry !== null) clearTimeout(this.#retry)
    this.#retry = null
  }

  #set(status: LiveStatus): void {
    this.#status = status
    for (const listener of this.#listeners) listener()
  }
}
