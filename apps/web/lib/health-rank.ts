import type { Health } from '@open-local/shared/api'

/** For sorting: what needs a person most ranks highest. */
export function healthRank(health: Health): number {
  return { well: 0, unknown: 1, attention: 2, critical: 3 }[health]
}
