import type { Health, Reason } from '@open-local/shared/api'
import type { Books, ClusterView } from '../../cluster/cluster-view.ts'

/** What rows are made from. Everything here is pure over it; time is passed in. */
export interface RowContext {
  view: ClusterView
  books: Books
  driver: string
  /** Bytes used inside a volume; undefined when its agent has not said. */
  usedBytes: (volumeId: string) => bigint | undefined
  nowMs: number
}

export function reason(code: string, message: string, params: Record<string, string | number> = {}): Reason {
  return { code, params, message }
}

/** The worst of what was found; `well` when there is nothing. */
export function worst(healths: Iterable<Health>): Health {
  const order: Health[] = ['critical', 'attention', 'unknown', 'well']
  const found = new Set(healths)
  return order.find((health) => found.has(health)) ?? 'well'
}

export interface Finding {
  health: Health
  reason: Reason
}

/** What a row says of its findings. */
export function healthOf(findings: readonly Finding[]): { health: Health; reasons: Reason[] } {
  return { health: worst(findings.map((finding) => finding.health)), reasons: findings.map(reasonOf) }
}

export function reasonOf({ health, reason }: Finding): Reason {
  return health === 'critical' || health === 'attention' ? { ...reason, severity: health } : reason
}
