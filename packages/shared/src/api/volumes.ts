import { z } from 'zod'
import { bytes, eventRow, health, objectRef, reason, timestamp, volumeType } from './parts.ts'
import { route } from './route.ts'

export const volumePhase = z.enum([
  'Pending',
  'Provisioning',
  'Ready',
  'InUse',
  'Failed',
  'Deleting',
  'Released',
  'Lost',
])
export type VolumePhase = z.infer<typeof volumePhase>

export const volumeRow = z.object({
  /** `<namespace>/<claim>`; a volume without a claim is `-/<volume id>`. */
  key: z.string(),
  namespace: z.string(),
  claim: z.string(),
  /** The CSI volume id, also the PersistentVolume's name; null while the claim is unbound. */
  volumeId: z.string().nullable(),
  storageClass: z.string().nullable(),
  node: z.string().nullable(),
  pool: z.string().nullable(),
  volumeType: volumeType.nullable(),
  accessType: z.enum(['Filesystem', 'Block']),
  fsType: z.string().nullable(),
  phase: volumePhase,
  sizeBytes: bytes,
  usedBytes: bytes.nullable(),
  pods: z.array(z.string()),
  createdAt: timestamp,
  health,
  reasons: z.array(reason),
})
export type VolumeRow = z.infer<typeof volumeRow>

/** One link of the chain pod → claim → volume → logical volume → pool → disks, and the mounts. */
export const chainLink = z.object({
  kind: z.enum([
    'Pod',
    'PersistentVolumeClaim',
    'PersistentVolume',
    'NodeLocalVolume',
    'LogicalVolume',
    'Pool',
    'Device',
    'Mount',
  ]),
  name: z.string(),
  namespace: z.string().nullable(),
  /** The link's own state in its own words: `Running`, `Bound`, `Ready`, `active`, `rw`. Null when unknown. */
  state: z.string().nullable(),
  health,
  /** Named facts, in display order: size, file system, uuid, mount options. */
  facts: z.array(z.object({ name: z.string(), value: z.string() })),
  /** A page of this dashboard. */
  href: z.string().nullable(),
})
export type ChainLink = z.infer<typeof chainLink>

export const volumeDetail = z.object({
  volume: volumeRow,
  chain: z.array(chainLink),
  /** Where the bytes lie: runs on disks of the node, with each disk's size to draw them to scale. */
  segments: z.array(z.object({ device: z.string(), deviceBytes: bytes, startBytes: bytes, sizeBytes: bytes })),
  conditions: z.array(
    z.object({
      type: z.string(),
      status: z.string(),
      reason: z.string(),
      message: z.string(),
      at: timestamp,
      object: objectRef,
    }),
  ),
  events: z.array(eventRow),
})
export type VolumeDetail = z.infer<typeof volumeDetail>

export const volumeSort = z.enum(['key', 'node', 'pool', 'phase', 'sizeBytes', 'usedBytes', 'createdAt', 'health'])

export const listVolumes = route({
  method: 'GET',
  path: '/api/v1/volumes',
  summary: 'Claims of our classes and volumes of ours; filtered, sorted and paged by the server',
  query: z.object({
    q: z.string().max(200).optional().describe('part of a namespace, claim, node, pool, pod or volume id'),
    namespace: z.string().optional(),
    node: z.string().optional(),
    phase: volumePhase.optional(),
    health: health.optional(),
    sort: volumeSort.default('key'),
    order: z.enum(['asc', 'desc']).default('asc'),
    offset: z.coerce.number().int().min(0).default(0),
    limit: z.coerce.number().int().min(1).max(2000).default(2000),
  }),
  reply: z.object({ items: z.array(volumeRow), total: z.number(), generatedAt: timestamp }),
})

export const getVolume = route({
  method: 'GET',
  path: '/api/v1/volumes/:namespace/:claim',
  summary: 'One claim with its chain from pod to disk; namespace "-" names a volume without a claim by its id',
  params: z.object({ namespace: z.string().min(1).max(253), claim: z.string().min(1).max(253) }),
  reply: volumeDetail,
})
