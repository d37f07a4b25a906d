import { z } from 'zod'
import { bytes, timestamp } from './parts.ts'
import { route } from './route.ts'

export const historyRange = z.enum(['1h', '6h', '24h', '7d'])

/** One sample, or the mean of those in a step. Steps without a sample are absent: a gap is a gap. */
export const historyPoint = z.object({
  at: timestamp,
  capacityBytes: bytes,
  allocatedBytes: bytes.nullable(),
  reservedBytes: bytes.nullable(),
  availableBytes: bytes.nullable(),
  /** Bytes used inside the file systems; null when no agent said. */
  usedBytes: bytes.nullable(),
})
export type HistoryPoint = z.infer<typeof historyPoint>

export const getHistory = route({
  method: 'GET',
  path: '/api/v1/history',
  summary: 'Capacity over time of the fleet, a node, a pool or a volume',
  query: z.object({
    subject: z.enum(['fleet', 'node', 'pool', 'volume']).default('fleet'),
    key: z.string().max(600).optional().describe('node name, pool key or volume id; none for the fleet'),
    range: historyRange.default('24h'),
  }),
  reply: z.object({
    from: timestamp,
    to: timestamp,
    stepSeconds: z.number(),
    points: z.array(historyPoint),
    /** When available (fleet, node, pool) or size − used (volume) reaches zero at the range's slope; null when it does not. */
    fullAt: timestamp.nullable(),
  }),
})
