import { requireAbsolutePath, requireVolumeId } from '@open-local/csi'
import type { NodeUnpublishVolumeRequest, NodeUnpublishVolumeResponse } from '@open-local/proto/csi'
import type { NodeContext } from './node-context.ts'
import { unmountAll } from './unmount-all.ts'

/** NodeUnpublishVolume: the pod's path is no mount and is gone. An absent path is done. */
export async function unpublishVolume(
  context: NodeContext,
  request: NodeUnpublishVolumeRequest,
): Promise<NodeUnpublishVolumeResponse> {
  const volumeId = requireVolumeId(request.volumeId)
  const target = requireAbsolutePath('target_path', request.targetPath)
  return context.locks.run(volumeId, 'unpublishing', async () => {
    await unmountAll(context.host, target)
    await context.host.mounts.remove(target)
    context.noteUse(volumeId)
    return {}
  })
}
