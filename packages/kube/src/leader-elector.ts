import { backoffMs, sleep } from './backoff.ts'
import type { KubeClient } from './client.ts'
import { isAlreadyExists, isConflict, isNotFound } from './error.ts'
import { type Log, silentLog } from './log.ts'
import { leases } from './resources.ts'
import { kubeMicroTime } from './time.ts'
import type { Lease } from './types/coordination.ts'

export interface LeaderElectorOptions {
  namespace: string
  /** The Lease's name. */
  name: string
  /** This process; unlike any other's, also after a restart (pod name and a random part). */
  identity: string
  /** How long others wait without a renewal before they take over. 15 s. */
  leaseDurationMs?: number
  /** How long we go on trying to renew before we give up leading; less than the duration. 10 s. */
  renewDeadlineMs?: number
  /** Pause between tries. 2 s. */
  retryPeriodMs?: number
  /** `signal` ends when leading ends. */
  onStartedLeading?: (signal: AbortSignal) => void
  /** On `stop` the lease is released after this has resolved. */
  onStoppedLeading?: () => void | Promise<void>
  /** Whenever the holder changes, ourselves included. */
  onNewLeader?: (identity: string) => void
  log?: Log
}

/**
 * At most one leader among those who share a Lease. Other holders are judged by when this process saw their record
 * change, never by the times in it, so clocks may differ. `isLeader` turns false by our own clock before anyone else
 * may take over, even while the API server is away. A new leader needs at most duration + retry period.
 */
export class LeaderElector {
  readonly #client: KubeClient
  readonly #options: LeaderElectorOptions
  readonly #log: Log
  readonly #leaseDurationMs: number
  readonly #renewDeadlineMs: number
  readonly #retryPeriodMs: number
  readonly #stopped = new AbortController()
  #running: Promise<void> | undefined
  /** The record as last seen, and when it was first seen like this. */
  #observed: { record: string; at: number; holder: string } | undefined
  #leading: { signal: AbortController; until: number; timer: NodeJS.Timeout } | undefined

  constructor(client: KubeClient, options: LeaderElectorOptions) {
    this.#client = client
    this.#options = options
    this.#log = options.log ?? silentLog
    this.#leaseDurationMs = options.leaseDurationMs ?? 15_000
    this.#renewDeadlineMs = options.renewDeadlineMs ?? (this.#leaseDurationMs * 2) / 3
    this.#retryPeriodMs = options.retryPeriodMs ?? 2000
    if (this.#renewDeadlineMs >= this.#leaseDurationMs)
      throw new TypeError('renewDeadlineMs must be less than leaseDurationMs')
  }

  isLeader(): boolean {
    return this.#leading !== undefined && performance.now() < this.#leading.until
  }

  /** Who holds the lease as far as we have seen. */
  leader(): string | undefined {
    return this.#observed?.holder || undefined
  }

  /** Repeated calls do nothing. */
  start(): void {
    this.#running ??= this.#run()
  }

  /** Stops leading, then releases the lease, so that another takes over within its retry period. */
  async stop(): Promise<void> {
    this.#stopped.abort()
    await this.#running
    if (!this.#leading) return
    await this.#stepDown('stopped')
    await this.#release().catch((error: unknown) => {
      this.#log.warn({ err: error }, 'lease not released; it will run out')
    })
  }

  async #run(): Promise<void> {
    let failures = 0
    while (!this.#stopped.signal.aborted) {
      try {
        await this.#acquireOrRenew()
        failures = 0
      } catch (error) {
        // Somebody else was quicker: that is how elections go.
        const lost = isConflict(error) || isAlreadyExists(error)
        if (!lost && !this.#stopped.signal.aborted) this.#log.warn({ err: error }, 'lease not acquired or renewed')
        failures += 1
      }
      const pause = { baseMs: this.#retryPeriodMs, maxMs: this.#leading ? this.#retryPeriodMs : this.#leaseDurationMs }
      await sleep(backoffMs(failures, pause), this.#stopped.signal)
    }
  }

  /** One round: at most a read and a write. */
  async #acquireOrRenew(): Promise<void> {
    const askedAt = performance.now()
    const { namespace, name, identity } = this.#options
    const call = { signal: this.#stopped.signal, timeoutMs: Math.max(1000, this.#renewDeadlineMs / 2) }
    const now = kubeMicroTime(new Date())
    const mine = {
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(this.#leaseDurationMs / 1000),
      renewTime: now,
    }
    let lease: Lease | undefined
    try {
      lease = await this.#client.get(leases, name, { namespace, ...call })
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
    let written: Lease
    if (!lease) {
      const spec = { ...mine, acquireTime: now, leaseTransitions: 0 }
      written = await this.#client.create(leases, { metadata: { name, namespace }, spec }, call)
    } else {
      this.#observe(lease)
      const held = lease.spec?.holderIdentity === identity
      if (!held && !this.#ranOut(lease)) {
        await this.#stepDown(`the lease is held by ${lease.spec?.holderIdentity}`)
        return
      }
      const transitions = lease.spec?.leaseTransitions ?? 0
      const taken = held ? {} : { acquireTime: now, leaseTransitions: transitions + 1 }
      // Carries the resourceVersion that was read: of two who try, one gets a conflict.
      written = await this.#client.update(leases, { ...lease, spec: { ...lease.spec, ...mine, ...taken } }, call)
    }
    // Counted from before the request: the others saw the record later than this.
    this.#lead(askedAt + this.#renewDeadlineMs)
    this.#observe(written)
  }

  #observe(lease: Lease): void {
    const holder = lease.spec?.holderIdentity ?? ''
    const record = JSON.stringify(lease.spec)
    const before = this.#observed
    if (before?.record === record) return
    this.#observed = { record, at: performance.now(), holder }
    if (holder && before?.holder !== holder) this.#options.onNewLeader?.(holder)
  }

  #ranOut(lease: Lease): boolean {
    if (!lease.spec?.holderIdentity) return true
    const durationMs = (lease.spec.leaseDurationSeconds ?? 0) * 1000 || this.#leaseDurationMs
    return performance.now() > this.#observed!.at + durationMs
  }

  #lead(until: number): void {
    const timer = setTimeout(
      () => void this.#stepDown('the lease could not be renewed in time'),
      until - performance.now(),
    )
    if (this.#leading) {
      clearTimeout(this.#leading.timer)
      Object.assign(this.#leading, { until, timer })
      return
    }
    const signal = new AbortController()
    this.#leading = { signal, until, timer }
    this.#log.info({ identity: this.#options.identity, lease: this.#options.name }, 'leading')
    this.#options.onStartedLeading?.(signal.signal)
  }

  async #stepDown(why: string): Promise<void> {
    const leading = this.#leading
    if (!leading) return
    this.#leading = undefined
    clearTimeout(leading.timer)
    this.#log.warn({ identity: this.#options.identity, lease: this.#options.name, why }, 'no longer leading')
    leading.signal.abort()
    try {
      await this.#options.onStoppedLeading?.()
    } catch (error) {
      this.#log.error({ err: error }, 'onStoppedLeading threw')
    }
  }

  async #release(): Promise<void> {
    const { namespace, name, identity } = this.#options
    const timeoutMs = this.#retryPeriodMs
    const lease = await this.#client.get(leases, name, { namespace, timeoutMs })
    if (lease.spec?.holderIdentity !== identity) return
    const spec = { ...lease.spec, holderIdentity: null, renewTime: kubeMicroTime(new Date()) }
    await this.#client.update(leases, { ...lease, spec }, { timeoutMs })
  }
}
