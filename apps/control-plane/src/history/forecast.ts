/** A value at a time; both plain numbers, as a forecast is no account. */
export interface Trend {
  atMs: number
  value: number
}

const MIN_POINTS = 6
/** Further away than this is no forecast. */
const HORIZON_MS = 5 * 365 * 86_400_000

/** When a falling value reaches zero along its least-squares line; undefined when it does not fall, or hardly. */
export function zeroAt(points: readonly Trend[], nowMs: number): number | undefined {
  if (points.length < MIN_POINTS) return undefined
  const origin = points[0]!.atMs
  const n = points.length
  let [sx, sy, sxx, sxy] = [0, 0, 0, 0]
  for (const { atMs, value } of points) {
    const x = atMs - origin
    sx += x
    sy += value
    sxx += x * x
    sxy += x * value
  }
  const spread = n * sxx - sx * sx
  if (spread === 0) return undefined
  const slope = (n * sxy - sx * sy) / spread
  if (slope >= 0) return undefined
  const at = origin - (sy - slope * sx) / n / slope
  return at > nowMs && at < nowMs + HORIZON_MS ? at : undefined
}
