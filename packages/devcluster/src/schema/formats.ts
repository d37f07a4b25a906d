import { isIPv4, isIPv6 } from 'node:net'

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i
const TIME = /^\d{4}-\d\d-\d\d[T ]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]\d\d:?\d\d)?$/i
const DURATION =
  /^[+-]?(\d+(\.\d+)?\s*([nuµm]?s|m|h|d|w|(milli|micro|nano)?s(ec(ond)?s?)?|min(ute)?s?|hours?|days?|weeks?)\s*)+$/i

/** The formats that the API server checks and this one too; any other is let be, as unknown ones are there. */
const formats: Record<string, (text: string) => boolean> = {
  'date-time': (text) => TIME.test(text) && isDay(text.slice(0, 10)),
  date: (text) => /^\d{4}-\d\d-\d\d$/.test(text) && isDay(text),
  duration: (text) => text === '0' || DURATION.test(text),
  ipv4: isIPv4,
  ipv6: isIPv6,
  uuid: (text) => UUID.test(text),
  uri: (text) => URL.canParse(text) && !/\s/.test(text),
  byte: (text) => /^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text),
}

/** Whether a text is of a format. */
export function isOfFormat(text: string, format: string): boolean {
  return Object.hasOwn(formats, format) ? formats[format]!(text) : true
}

function isDay(text: string): boolean {
  const time = Date.parse(`${text}T00:00:00Z`)
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text)
}
