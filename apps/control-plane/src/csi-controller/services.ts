import { type Service, service } from '@open-local/csi'
import {
  ControllerService,
  IdentityService,
  PluginCapability_Service_Type as PluginService,
  ControllerServiceCapability_RPC_Type as Rpc,
} from '@open-local/proto/csi'
import type { CsiContext } from './context.ts'
import { createVolume } from './create-volume.ts'
import { deleteVolume } from './delete-volume.ts'
import { getCapacity } from './get-capacity.ts'
import { listVolumes } from './list-volumes.ts'
import { validateVolumeCapabilities } from './validate-volume-capabilities.ts'

const capabilities = [Rpc.CREATE_DELETE_VOLUME, Rpc.GET_CAPACITY, Rpc.LIST_VOLUMES, Rpc.SINGLE_NODE_MULTI_WRITER]

/** What lives here: the CSI calls of the controller, a file each. The node's are in the node agent. */
export function csiServices(context: CsiContext): Service[] {
  return [
    service(IdentityService, {
      getPluginInfo: async () => ({ name: context.driver, vendorVersion: context.version, manifest: {} }),
      getPluginCapabilities: async () => ({
        capabilities: [PluginService.CONTROLLER_SERVICE, PluginService.VOLUME_ACCESSIBILITY_CONSTRAINTS].map(
          (type) => ({
            type: { $case: 'service' as const, value: { type } },
          }),
        ),
      }),
      probe: async () => ({ ready: context.ready() }),
    }),
    service(ControllerService, {
      createVolume: (request, { signal }) => createVolume(context, request, signal),
      deleteVolume: (request, { signal }) => deleteVolume(context, request, signal),
      validateVolumeCapabilities: (request) => validateVolumeCapabilities(context, request),
      getCapacity: (request) => getCapacity(context, request),
      listVolumes: (request) => listVolumes(context, request),
      controllerGetCapabilities: async () => ({
        capabilities: capabilities.map((type) => ({ type: { $case: 'rpc' as const, value: { type } } })),
      }),
    }),
  ]
}
