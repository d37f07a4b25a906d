/** `5m12s`, `3h`, `2d4h`, `400d`: a length of time for people, as k8s.io/apimachinery's duration.HumanDuration. */
export function humanDuration(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000)
  if (seconds < -1) return '<invalid>'
  if (seconds < 0) return '0s'
  const two = (big: number, unit: string, small: number, smallUnit: string): string =>
    `${big}${unit}${small > 0 ? `${small}${smallUnit}` : ''}`
  if (seconds < 120) return `${seconds}s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 10) return two(minutes, 'm', seconds % 60, 's')
  if (minutes < 180) return `${minutes}m`
  const hours = Math.floor(minutes / 60)
  if (hours < 8) return two(hours, 'h', minutes % 60, 'm')
  if (hours < 48) return `${hours}h`
  const days = Math.floor(hours / 24)
  if (hours < 192) return two(days, 'd', hours % 24, 'h')
  if (hours < 17_520) return `${days}d`
  const years = Math.floor(hours / 8_760)
  return hours < 70_080 ? two(years, 'y', days % 365, 'd') : `${years}y`
}

/** Since an RFC 3339 time; `<unknown>` for none. */
export function ageOf(time: string | null | undefined, now: Date): string {
  return time ? humanDuration(now.getTime() - Date.parse(time)) : '<unknown>'
}
