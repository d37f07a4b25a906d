import type { GetCapacityRequest, GetCapacityResponse } from '@open-local/proto/csi'
import { parseClassParameters, TOPOLOGY_KEY } from '@open-local/shared'
import { capacityFor } from '../scheduling/capacity.ts'
import { type CsiContext, requireReady } from './context.ts'

/** GetCapacity: bytes that volumes of these parameters may still take on the node, and the largest single one. */
export async function getCapacity(context: CsiContext, request: GetCapacityRequest): Promise<GetCapacityResponse> {
  requireReady(context)
  const parameters = parseClassParameters(request.parameters)
  const node = request.accessibleTopology?.segments[TOPOLOGY_KEY]
  const { availableBytes, largestBytes } = capacityFor(
    node ? context.books.poolsOf(node) : context.books.pools(),
    parameters,
  )
  return { availableCapacity: availableBytes, maximumVolumeSize: largestBytes, minimumVolumeSize: undefined }
}
