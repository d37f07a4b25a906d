type LogLine = (fields: Record<string, unknown>, message: string) => void

/** What this package needs of a logger; pino fits. */
export interface Log {
  debug: LogLine
  info: LogLine
  warn: LogLine
  error: LogLine
}

const drop: LogLine = () => {}
export const silentLog: Log = { debug: drop, info: drop, warn: drop, error: drop }
