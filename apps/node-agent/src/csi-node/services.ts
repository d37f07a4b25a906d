/**
 * The gRPC edge towards the kubelet: Identity and Node, one file per call next door. What a volume is and how it comes
 * about is in `volumes/`; this room only mounts what is there.
 */
import { type Service, service } from '@open-local/csi'
import { IdentityService, NodeService, PluginCapability_Service_Type } from '@open-local/proto/csi'
import { getVolumeStats } from './get-volume-stats.ts'
import type { NodeContext } from './node-context.ts'
import { nodeCapabilities, nodeInfo } from './node-info.ts'
import { publishVolume } from './publish-volume.ts'
import { stageVolume } from './stage-volume.ts'
import { unpublishVolume } from './unpublish-volume.ts'
import { unstageVolume } from './unstage-volume.ts'

export function csiServices(context: NodeContext): Service[] {
  const capability = (type: PluginCapability_Service_Type) => ({
    type: { $case: 'service' as const, value: { type } },
  })
  return [
    service(IdentityService, {
      getPluginInfo: async () => ({ name: context.driver, vendorVersion: context.version, manifest: {} }),
      getPluginCapabilities: async () => ({
        capabilities: [
          capability(PluginCapability_Service_Type.CONTROLLER_SERVICE),
          capability(PluginCapability_Service_Type.VOLUME_ACCESSIBILITY_CONSTRAINTS),
        ],
      }),
      probe: async () => ({ ready: context.isReady() }),
    }),
    service(NodeService, {
      nodeGetInfo: async () => nodeInfo(context),
      nodeGetCapabilities: async () => nodeCapabilities(),
      nodeStageVolume: (request) => stageVolume(context, request),
      nodeUnstageVolume: (request) => unstageVolume(context, request),
      nodePublishVolume: (request) => publishVolume(context, request),
      nodeUnpublishVolume: (request) => unpublishVolume(context, request),
      nodeGetVolumeStats: (request) => getVolumeStats(context, request),
    }),
  ]
}
