import {
  type NodeGetCapabilitiesResponse,
  type NodeGetInfoResponse,
  NodeServiceCapability_RPC_Type as Rpc,
} from '@open-local/proto/csi'
import { TOPOLOGY_KEY } from '@open-local/shared'
import type { NodeContext } from './node-context.ts'

/** NodeGetInfo. The topology value is the node's name, also where its hostname label differs. */
export function nodeInfo({ nodeName, maxVolumes }: NodeContext): NodeGetInfoResponse {
  return {
    nodeId: nodeName,
    maxVolumesPerNode: BigInt(maxVolumes),
    accessibleTopology: { segments: { [TOPOLOGY_KEY]: nodeName } },
  }
}

const offered = [Rpc.STAGE_UNSTAGE_VOLUME, Rpc.GET_VOLUME_STATS, Rpc.VOLUME_CONDITION, Rpc.SINGLE_NODE_MULTI_WRITER]

export function nodeCapabilities(): NodeGetCapabilitiesResponse {
  return { capabilities: offered.map((type) => ({ type: { $case: 'rpc', value: { type } } })) }
}
