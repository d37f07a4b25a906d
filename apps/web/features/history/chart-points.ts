import type { getHistory, ReplyOf } from '@open-local/shared/api'

export type History = ReplyOf<typeof getHistory>

export interface ChartPoint {
  /** ms since the epoch */
  at: number
  allocated: number | null
  other: number | null
  reserved: number | null
  used: number | null
  /** Everything that cannot be promised any more, continued at the range's slope. Set past the last sample only. */
  forecast: number | null
}

const empty = { allocated: null, other: null, reserved: null, used: null, forecast: null }

/** Samples in drawing form. Where a step has no sample, a point of nulls breaks the lines: a gap is a gap. */
export function chartPoints(history: History): ChartPoint[] {
  const out: ChartPoint[] = []
  const longestStep = history.stepSeconds * 1000 * 1.6
  for (const point of history.points) {
    const at = Date.parse(point.at)
    const previous = out.at(-1)
    if (previous && at - previous.at > longestStep) out.push({ at: (previous.at + at) / 2, ...empty })
    const parts = [point.allocatedBytes, point.reservedBytes, point.availableBytes]
    const known = parts.every((part) => part !== null)
    out.push({
      at,
      allocated: point.allocatedBytes,
      reserved: point.reservedBytes,
      other: known
        ? Math.max(0, point.capacityBytes - parts.reduce<number>((sum, part) => sum + (part ?? 0), 0))
        : null,
      used: point.usedBytes,
      forecast: null,
    })
  }
  return out
}

/** How far past now the forecast is drawn, as a share of the range. */
const FORECAST_SHARE = 0.25

/**
 * The dashed continuation from the last sample towards the moment the space is full; empty when it does not fill.
 * `level` says what fills: everything taken, or the bytes used inside one volume.
 */
export function forecastPoints(history: History, level: 'taken' | 'used'): ChartPoint[] {
  const last = history.points.at(-1)
  if (!last || history.fullAt === null) return []
  const start = level === 'used' ? last.usedBytes : last.capacityBytes - (last.availableBytes ?? Number.NaN)
  if (start === null || !Number.isFinite(start)) return []
  const from = Date.parse(last.at)
  const full = Date.parse(history.fullAt)
  if (full <= from) return []
  const end = Math.min(full, from + (Date.parse(history.to) - Date.parse(history.from)) * FORECAST_SHARE)
  const reached = start + ((last.capacityBytes - start) * (end - from)) / (full - from)
  return [
    { at: from, ...empty, forecast: start },
    { at: end, ...empty, forecast: reached },
  ]
}
