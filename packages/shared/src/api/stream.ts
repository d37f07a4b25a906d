import { z } from 'zod'
import { timestamp } from './parts.ts'

/** `GET /api/v1/stream`: server-sent events; `Last-Event-ID` resumes. The id of each event is its `seq`. */
export const STREAM_PATH = '/api/v1/stream'

/**
 * Merge patch against the row that the reader holds, like RFC 7386's but for one thing: rows hold nulls ("unknown"), and
 * no member of a row ever goes, so that a null member is set, not removed. A new row comes whole; a null patch: it is gone.
 */
export const change = z.object({
  resource: z.enum(['nodes', 'pools', 'volumes', 'overview']),
  /** NodeRow.name, PoolRow.key, VolumeRow.key, `overview`. */
  key: z.string(),
  patch: z.record(z.string(), z.unknown()).nullable(),
})
export type Change = z.infer<typeof change>

/** `event: delta` */
export const delta = z.object({ seq: z.number(), at: timestamp, changes: z.array(change) })
export type Delta = z.infer<typeof delta>

/** `event: hello`, first on every connection; `reset`: the reader must fetch everything again. */
export const hello = z.object({ seq: z.number(), at: timestamp, reset: z.boolean() })
export type Hello = z.infer<typeof hello>
