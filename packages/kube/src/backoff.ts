export interface BackoffOptions {
  baseMs: number
  maxMs: number
  /** In [0, 1); a test fixes it. */
  random?: () => number
}

/** Doubling delays with jitter: attempt 0 waits between half of `baseMs` and all of it; capped at `maxMs`. */
export function backoffMs(attempt: number, { baseMs, maxMs, random = Math.random }: BackoffOptions): number {
  const full = Math.min(maxMs, baseMs * 2 ** Math.min(attempt, 30))
  return full / 2 + (full / 2) * random()
}

/** Resolves after `ms`, or at once when `signal` ends. Never rejects. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const done = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal?.addEventListener('abort', done, { once: true })
  })
}
