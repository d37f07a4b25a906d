import { requireAbsolutePath, requireVolumeId } from '@open-local/csi'
import type { NodeUnstageVolumeRequest, NodeUnstageVolumeResponse } from '@open-local/proto/csi'
import type { NodeContext } from './node-context.ts'
import { unmountAll } from './unmount-all.ts'

/** NodeUnstageVolume: nothing is mounted at the staging path any more; its directory stays, the kubelet made it. */
export async function unstageVolume(
  context: NodeContext,
  request: NodeUnstageVolumeRequest,
): Promise<NodeUnstageVolumeResponse> {
  const volumeId = requireVolumeId(request.volumeId)
  const path = requireAbsolutePath('staging_target_path', request.stagingTargetPath)
  return context.locks.run(volumeId, 'unstaging', async () => {
    await unmountAll(context.host, path)
    context.noteUse(volumeId)
    return {}
  })
}
