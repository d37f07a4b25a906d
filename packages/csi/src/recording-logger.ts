import type { Logger } from './logger.ts'

export type LogLine = { level: keyof Logger; message: string; fields: Record<string, unknown> }

/** For tests: remembers each line. */
export function recordingLogger(): Logger & { lines: LogLine[] } {
  const lines: LogLine[] = []
  const at = (level: keyof Logger) => (fields: Record<string, unknown>, message: string) => {
    lines.push({ level, message, fields })
  }
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}
