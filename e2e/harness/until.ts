import { setTimeout as sleep } from 'node:timers/promises'

export interface UntilOptions {
  /** What is awaited, for the error, e.g. `node n1 is Ready`. */
  what: string
  timeoutMs: number
  everyMs?: number
}

/**
 * Asks again and again until the answer is neither undefined nor false, and returns it.
 * An attempt that throws counts as "not yet"; its message is part of the error when time is up.
 */
export async function until<T>(ask: () => Promise<T | undefined | false>, options: UntilOptions): Promise<T> {
  const deadline = performance.now() + options.timeoutMs
  for (;;) {
    let failure = ''
    try {
      const answer = await ask()
      if (answer !== undefined && answer !== false) return answer
    } catch (error) {
      if (error instanceof HopelessError) throw error
      failure = `; last: ${error instanceof Error ? error.message : error}`
    }
    if (performance.now() > deadline)
      throw new Error(`gave up after ${options.timeoutMs / 1000} s waiting until ${options.what}${failure}`)
    await sleep(options.everyMs ?? 100)
  }
}

/** Thrown inside `until` to end the wait at once. */
export class HopelessError extends Error {}
