import { z } from 'zod'
import { poolRow } from './nodes.ts'
import { bytes, eventRow, mediaType, objectRef, space, timestamp } from './parts.ts'
import { route } from './route.ts'

/** Something that needs a person, most urgent first, with its way out. */
export const attention = z.object({
  id: z.string(),
  severity: z.enum(['attention', 'critical']),
  code: z.string(),
  params: z.record(z.string(), z.union([z.string(), z.number()])),
  message: z.string(),
  subject: objectRef,
  href: z.string(),
  since: timestamp.nullable(),
})
export type Attention = z.infer<typeof attention>

export const pendingClaim = z.object({
  key: z.string(),
  namespace: z.string(),
  claim: z.string(),
  pod: z.string().nullable(),
  storageClass: z.string().nullable(),
  sizeBytes: bytes,
  since: timestamp,
  /** Nobody has asked for it yet (no pod): it waits by design. */
  waitingForPod: z.boolean(),
  /** One sentence per node that cannot take it. */
  reasons: z.array(z.object({ node: z.string(), message: z.string() })),
})
export type PendingClaim = z.infer<typeof pendingClaim>

export const overview = z.object({
  cluster: z.object({ name: z.string(), kubernetesVersion: z.string(), driver: z.string(), simulated: z.boolean() }),
  counts: z.object({ nodes: z.number(), pools: z.number(), disks: z.number(), volumes: z.number() }),
  fleet: space,
  byMedium: z.array(z.object({ mediaType, space, poolCount: z.number() })),
  attention: z.array(attention),
  fullestPools: z.array(poolRow),
  pendingClaims: z.array(pendingClaim),
  activity: z.array(eventRow),
})
export type Overview = z.infer<typeof overview>

export const getOverview = route({
  method: 'GET',
  path: '/api/v1/overview',
  summary: 'Is anything wrong, and when are we full?',
  reply: overview,
})
