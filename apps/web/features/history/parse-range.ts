import { type HistoryRange, historyRanges } from './ranges.ts'

/** The range that the URL asks for; the default for none or for what we do not know. */
export function parseHistoryRange(value: string | string[] | undefined): HistoryRange {
  return historyRanges.find((range) => range === value) ?? '24h'
}
