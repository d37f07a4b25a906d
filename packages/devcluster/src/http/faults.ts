import { StatusError } from '../api/status-error.ts'

/** What the server does wrong on purpose, to requests that fit. */
export interface Fault {
  /** Which requests: all that is given must fit. */
  user?: string
  verb?: string
  resource?: string
  name?: string
  /** Lets that many requests that fit pass first. Default 0. */
  skip?: number
  /** Goes away after it struck that often. Default 1; 0 is for ever. */
  times?: number
  effect:
    | { status: 409 | 410 | 429 | 500 | 503 | 504; message?: string }
    /** Waits before the request is looked at. */
    | { delayMs: number }
    /** Does what was asked, and then cuts the connection in place of the answer. */
    | { lostAnswer: true }
    /** Reads from the cache are that many revisions old. */
    | { staleRevisions: number }
}

const reasons: Record<number, [reason: string, message: string]> = {
  409: ['Conflict', 'the object has been modified; please apply your changes to the latest version and try again'],
  410: ['Expired', 'The provided continue parameter is too old to display a consistent list result.'],
  429: ['TooManyRequests', 'too many requests, please try again later'],
  500: ['InternalError', 'Internal error occurred: a fault was asked for'],
  503: ['ServiceUnavailable', 'the server is currently unable to handle the request'],
  504: ['Timeout', 'the request did not complete within the allotted time'],
}

interface About {
  user: string
  verb: string
  resource: string
  name?: string
}

/** Faults asked for, in the order they were. Deterministic: a request meets the first that fits it. */
export class Faults {
  #faults: { fault: Fault; passed: number; struck: number }[] = []

  add(fault: Fault): void {
    this.#faults.push({ fault, passed: 0, struck: 0 })
  }

  clear(): void {
    this.#faults = []
  }

  list(): (Fault & { struck: number })[] {
    return this.#faults.map(({ fault, struck }) => ({ ...fault, struck }))
  }

  /** The effect that this request meets. */
  strike(about: About): Fault['effect'] | undefined {
    for (const entry of this.#faults) {
      const { user, verb, resource, name, skip = 0, times = 1 } = entry.fault
      const fits =
        (user ?? about.user) === about.user &&
        (verb ?? about.verb) === about.verb &&
        (resource ?? about.resource) === about.resource &&
        (name ?? about.name) === about.name
      if (!fits) continue
      if (entry.passed < skip) {
        entry.passed++
        continue
      }
      entry.struck++
      if (times > 0 && entry.struck >= times) this.#faults = this.#faults.filter((other) => other !== entry)
      return entry.fault.effect
    }
    return undefined
  }
}

export function faultStatus(code: number, message: string | undefined): StatusError {
  const [reason, text] = reasons[code]!
  return new StatusError(code, reason, message ?? text, code === 429 ? { retryAfterSeconds: 1 } : {})
}
