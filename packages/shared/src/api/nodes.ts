import { z } from 'zod'
import { bytes, eventRow, health, mediaType, poolKind, reason, space, timestamp } from './parts.ts'
import { route } from './route.ts'
import { volumeRow } from './volumes.ts'

export const poolRow = z.object({
  /** `<node>/<kind>/<name>` */
  key: z.string(),
  node: z.string(),
  kind: poolKind,
  name: z.string(),
  mediaType,
  space,
  /** Selected by listConfig, hence offered to the scheduler. */
  offered: z.boolean(),
  volumeCount: z.number(),
  /** Paths of the disks it lies on. */
  devices: z.array(z.string()),
  health,
  reasons: z.array(reason),
})
export type PoolRow = z.infer<typeof poolRow>

export const nodeRow = z.object({
  name: z.string(),
  simulated: z.boolean(),
  /** The Node's Ready condition; null when there is no Node object. */
  ready: z.boolean().nullable(),
  agent: z.object({ state: z.enum(['alive', 'silent', 'absent']), lastSeenAt: timestamp.nullable() }),
  space,
  poolCount: z.number(),
  diskCount: z.number(),
  volumeCount: z.number(),
  health,
  reasons: z.array(reason),
})
export type NodeRow = z.infer<typeof nodeRow>

/** A run of bytes on a disk, for the disk map. Runs of one disk do not overlap and together cover it. */
export const extent = z.object({
  kind: z.enum(['metadata', 'logicalVolume', 'partition', 'data', 'free', 'unknown']),
  startBytes: bytes,
  sizeBytes: bytes,
  /** What lies here, as a name: the logical volume, the partition, the file system. */
  label: z.string(),
  /** For a logical volume of ours: its claim. */
  claim: z.object({ namespace: z.string(), name: z.string() }).nullable(),
  volumeId: z.string().nullable(),
  own: z.boolean(),
})
export type Extent = z.infer<typeof extent>

export const disk = z.object({
  /** `/dev/…` */
  name: z.string(),
  id: z.string().nullable(),
  serial: z.string().nullable(),
  model: z.string().nullable(),
  transport: z.string().nullable(),
  mediaType,
  sizeBytes: bytes,
  readOnly: z.boolean(),
  use: z.string(),
  /** What is on it, in words. */
  useDetail: z.string().nullable(),
  pool: z.string().nullable(),
  health,
  reasons: z.array(reason),
  extents: z.array(extent),
})
export type Disk = z.infer<typeof disk>

export const nodeDetail = z.object({
  node: nodeRow,
  pools: z.array(poolRow),
  disks: z.array(disk),
  volumes: z.array(volumeRow),
  events: z.array(eventRow),
})
export type NodeDetail = z.infer<typeof nodeDetail>

export const listNodes = route({
  method: 'GET',
  path: '/api/v1/nodes',
  summary: 'Every node with its space and health',
  reply: z.object({ items: z.array(nodeRow), generatedAt: timestamp }),
})

export const getNode = route({
  method: 'GET',
  path: '/api/v1/nodes/:name',
  summary: 'One node: pools, disks with what lies where, volumes, events',
  params: z.object({ name: z.string().min(1).max(253) }),
  reply: nodeDetail,
})
