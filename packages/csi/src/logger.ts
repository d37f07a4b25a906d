type Log = (fields: Record<string, unknown>, message: string) => void

/** What this package asks of a log; pino's logger is one. */
export type Logger = { debug: Log; info: Log; warn: Log; error: Log }
