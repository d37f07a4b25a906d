import type { GetCapacityRequest, GetCapacityResponse } from '@open-local/proto/csi'
import { parseClassParameters, TOPOLOGY_KEY } from '@open-local/shared'
import { type CsiContext, requireReady } from './context.ts'

const kindOf = { LVM: 'VolumeGroup', Device: 'BlockDevice', MountPoint: 'MountPoint' } as const

/** GetCapacity: bytes that volumes of these parameters may still take on the node, and the largest single one. */
export async function getCapacity(context: CsiContext, request: GetCapacityRequest): Promise<GetCapacityResponse> {
  requireReady(context)
  const parameters = parseClassParameters(request.parameters)
  const node = request.accessibleTopology?.segments[TOPOLOGY_KEY]
  const pools = (node ? context.books.poolsOf(node) : context.books.pools()).filter(
    (pool) =>
      pool.offered &&
      pool.healthy &&
      pool.kind === kindOf[parameters.volumeType] &&
      (!parameters.vgName || parameters.vgName === pool.name) &&
      (!parameters.mediaType || parameters.mediaType === pool.mediaType),
  )
  const available = pools.map((pool) =>
    pool.kind === 'VolumeGroup' || pool.allocatedBytes === 0n ? pool.availableBytes : 0n,
  )
  return {
    availableCapacity: available.reduce((sum, bytes) => sum + bytes, 0n),
    maximumVolumeSize: available.reduce((most, bytes) => (bytes > most ? bytes : most), 0n),
    minimumVolumeSize: undefined,
  }
}
