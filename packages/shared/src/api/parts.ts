import { z } from 'zod'

/**
 * Parts that several replies share. Byte counts are JSON numbers: exact to 8 PiB, which every disk, pool and volume is
 * below; a fleet's sum above that is rounded to the nearest representable number. `null` means unknown, never zero.
 */
export const bytes = z.number().describe('bytes')
export const timestamp = z.iso.datetime({ offset: true }).describe('RFC 3339')

export const health = z.enum(['well', 'attention', 'critical', 'unknown'])
export type Health = z.infer<typeof health>

export const mediaType = z.enum(['ssd', 'hdd', 'mixed', 'unknown'])
export const poolKind = z.enum(['VolumeGroup', 'BlockDevice', 'MountPoint'])
export const volumeType = z.enum(['LVM', 'Device', 'MountPoint'])

/** Why something is as it is. The page translates by `code` and `params`; `message` is the same in English. */
export const reason = z.object({
  code: z.string(),
  params: z.record(z.string(), z.union([z.string(), z.number()])),
  message: z.string(),
  /** How bad this one is; the row's `health` is the worst of all. Absent where it does not apply. */
  severity: z.enum(['attention', 'critical']).optional(),
})
export type Reason = z.infer<typeof reason>

/** capacity = allocated + reserved + other + available, unless more is promised than there is. */
export const space = z.object({
  capacityBytes: bytes,
  /** Promised to volumes of ours. */
  allocatedBytes: bytes,
  /** Held back by the reservation annotation. */
  reservedBytes: bytes,
  /** Taken by logical volumes or files that are not ours. */
  otherBytes: bytes,
  /** Still promisable; 0 when over-promised. */
  availableBytes: bytes,
})
export type Space = z.infer<typeof space>

export const objectRef = z.object({ kind: z.string(), name: z.string(), namespace: z.string().optional() })
export type ObjectRef = z.infer<typeof objectRef>

export const eventRow = z.object({
  id: z.string(),
  at: timestamp,
  type: z.enum(['Normal', 'Warning']),
  reason: z.string(),
  message: z.string(),
  count: z.number(),
  source: z.string(),
  object: objectRef,
})
export type EventRow = z.infer<typeof eventRow>

/** The body of every answer that is not 2xx. */
export const errorReply = z.object({
  error: z.object({ code: z.string(), message: z.string(), field: z.string().optional(), requestId: z.string() }),
})
export type ErrorReply = z.infer<typeof errorReply>
