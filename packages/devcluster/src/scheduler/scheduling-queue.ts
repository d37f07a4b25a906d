import type { Pod } from '../kinds.ts'

/** Whether a change may help a pod that these plugins refused. */
export type Wake = (pod: Pod, rejectors: ReadonlySet<string>) => boolean

export interface QueuedPod {
  pod: Pod
  /** Grows with each time it is put in, new or after a failure. */
  order: number
  refusals: number
  errorsInARow: number
  rejectors: ReadonlySet<string>
  readyAt: number
  parkedAt: number
  /** What happened while it was looked at. */
  missed: Wake[]
  /** The last thing that was said of it, and how often. */
  said: { message: string; times: number }
}

const NEW = { refusals: 0, errorsInARow: 0, readyAt: 0, parkedAt: 0, said: { message: '', times: 0 } }
const FIRST_BACKOFF_MS = 1_000
const LONGEST_BACKOFF_MS = 10_000
const LONGEST_PARKED_MS = 5 * 60_000
const FLUSH_MS = 30_000

/**
 * Pods that want a node: those to look at, by priority and then by order; those that back off; and those parked until a
 * change may help them. While nothing else is to be done, a woken pod is looked at before its back-off is over, one that
 * failed with an error is not. Source: kube-scheduler's PriorityQueue of 1.36, SchedulerPopFromBackoffQ on.
 */
export class SchedulingQueue {
  readonly #all = new Map<string, QueuedPod>()
  readonly #active = new Set<QueuedPod>()
  readonly #backoff = new Set<QueuedPod>()
  readonly #parked = new Set<QueuedPod>()
  #order = 0
  #timer: NodeJS.Timeout | undefined
  readonly #flush: NodeJS.Timeout
  #onWork: (() => void) | undefined
  #closed = false

  constructor() {
    this.#flush = setInterval(() => this.#flushParked(), FLUSH_MS)
    this.#flush.unref()
  }

  /** Takes a pod in, or its new state; one that was refused is looked at again when `mayHelp`. */
  put(pod: Pod, mayHelp: boolean): void {
    const entry = this.#all.get(pod.metadata.uid)
    if (!entry) {
      const fresh = { ...NEW, pod, order: ++this.#order, rejectors: new Set<string>(), missed: [] }
      this.#all.set(pod.metadata.uid, fresh)
      this.#activate(fresh)
      return
    }
    entry.pod = pod
    if (!mayHelp) return
    if (this.#parked.has(entry)) this.#unpark(entry)
    else if (!this.#active.has(entry) && !this.#backoff.has(entry)) entry.missed.push(() => true)
  }

  /** The pod has a node, or is gone. */
  remove(uid: string): void {
    const entry = this.#all.get(uid)
    if (!entry) return
    this.#all.delete(uid)
    for (const set of [this.#active, this.#backoff, this.#parked]) set.delete(entry)
  }

  /** The next pod to look at; undefined when the queue is closed. */
  async pop(): Promise<QueuedPod | undefined> {
    for (;;) {
      if (this.#closed) return undefined
      this.#moveReady()
      const entry = first(this.#active, comesBefore) ?? this.#soonest((e) => e.errorsInARow === 0)
      if (entry) {
        this.#active.delete(entry)
        this.#backoff.delete(entry)
        entry.missed = []
        return entry
      }
      await new Promise<void>((resolve) => {
        this.#onWork = resolve
        this.#setTimer()
      })
    }
  }

  /** Whether the pod is still to be placed: not removed while it was looked at. */
  holds({ pod }: QueuedPod): boolean {
    return this.#all.has(pod.metadata.uid)
  }

  /** Puts a pod back. No rejectors mean an error, which time alone may cure. */
  failed(entry: QueuedPod, pod: Pod, rejectors: ReadonlySet<string>): void {
    const now = Date.now()
    Object.assign(entry, { pod, rejectors, order: ++this.#order, parkedAt: now })
    if (rejectors.size === 0) entry.errorsInARow++
    else {
      entry.refusals++
      entry.errorsInARow = 0
    }
    const times = entry.errorsInARow || entry.refusals
    entry.readyAt = now + Math.min(FIRST_BACKOFF_MS * 2 ** (times - 1), LONGEST_BACKOFF_MS)
    this.#all.set(pod.metadata.uid, entry)
    const missed = entry.missed.splice(0)
    if (rejectors.size === 0 || missed.some((wake) => wake(pod, rejectors))) this.#backOff(entry)
    else this.#parked.add(entry)
  }

  /** Something changed: whom it may help is looked at again, after its back-off. */
  wake(wake: Wake): void {
    for (const entry of this.#all.values()) {
      if (this.#parked.has(entry)) {
        if (wake(entry.pod, entry.rejectors)) this.#unpark(entry)
      } else if (!this.#active.has(entry) && !this.#backoff.has(entry)) entry.missed.push(wake)
    }
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
    clearInterval(this.#flush)
    this.#onWork?.()
  }

  #activate(entry: QueuedPod): void {
    this.#active.add(entry)
    this.#onWork?.()
  }

  #unpark(entry: QueuedPod): void {
    this.#parked.delete(entry)
    if (entry.readyAt <= Date.now()) this.#activate(entry)
    else this.#backOff(entry)
  }

  #backOff(entry: QueuedPod): void {
    this.#backoff.add(entry)
    this.#onWork?.()
  }

  #moveReady(): void {
    const now = Date.now()
    for (const entry of this.#backoff) {
      if (entry.readyAt > now) continue
      this.#backoff.delete(entry)
      this.#active.add(entry)
    }
  }

  #flushParked(): void {
    const before = Date.now() - LONGEST_PARKED_MS
    for (const entry of this.#parked) if (entry.parkedAt <= before) this.#unpark(entry)
  }

  #setTimer(): void {
    clearTimeout(this.#timer)
    const next = this.#soonest(() => true)
    if (next) this.#timer = setTimeout(() => this.#onWork?.(), Math.max(1, next.readyAt - Date.now()))
  }

  #soonest(which: (entry: QueuedPod) => boolean): QueuedPod | undefined {
    return first([...this.#backoff].filter(which), (a, b) => a.readyAt < b.readyAt)
  }
}

function first(entries: Iterable<QueuedPod>, before: (a: QueuedPod, b: QueuedPod) => boolean): QueuedPod | undefined {
  let found: QueuedPod | undefined
  for (const entry of entries) if (!found || before(entry, found)) found = entry
  return found
}

function comesBefore(a: QueuedPod, b: QueuedPod): boolean {
  const byPriority = (b.pod.spec.priority ?? 0) - (a.pod.spec.priority ?? 0)
  return byPriority === 0 ? a.order < b.order : byPriority < 0
}
