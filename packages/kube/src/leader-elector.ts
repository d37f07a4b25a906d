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
  onStoppedLeading?: () => void
  /** Whenever the holder changes, ourselves included. */
  onNewLeader?: (identity: string) => void
  log?: Log
}

/**
 * At most one leader among those who share a Lease. Other holders are judged by when this process saw their record
 * change, never by the times in it, so clocks may differ. `isLeader` turns false by our own clock before anyone else
 * may take over, even while the API server is away.
 */
export class LeaderElector {
  constructor(_client: KubeClient, _options: LeaderElectorOptions) {}
  isLeader(): boolean {
    return false
  }
  leader(): string | undefined {
    return undefined
  }
  start(): void {}
  async stop(): Promise<void> {}
}
