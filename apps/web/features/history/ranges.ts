import type { getHistory, QueryOf } from '@open-local/shared/api'

export type HistoryRange = NonNullable<QueryOf<typeof getHistory>['range']>

/** History is kept 7 days, so longer ranges would only be empty. */
export const historyRanges = ['1h', '6h', '24h', '7d'] as const satisfies readonly HistoryRange[]
