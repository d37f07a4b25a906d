import { parseCapability, requireAbsolutePath, requireVolumeId } from '@open-local/csi'
import type { NodeStageVolumeRequest, NodeStageVolumeResponse } from '@open-local/proto/csi'
import { OpenLocalError } from '@open-local/shared'
import { locateVolume } from './locate-volume.ts'
import type { NodeContext } from './node-context.ts'
import { prepareFileSystem } from './prepare-file-system.ts'

/**
 * NodeStageVolume: the volume's file system, made if the device is blank, is mounted at the staging path. A raw block
 * volume is only looked for. Repeated: nothing. FAILED_PRECONDITION when the path holds another mount.
 */
export async function stageVolume(
  context: NodeContext,
  request: NodeStageVolumeRequest,
): Promise<NodeStageVolumeResponse> {
  const volumeId = requireVolumeId(request.volumeId)
  const path = requireAbsolutePath('staging_target_path', request.stagingTargetPath)
  const capability = parseCapability(request.volumeCapability)
  return context.locks.run(volumeId, 'staging', async () => {
    const { host } = context
    const { devicePath, deviceNumber } = await locateVolume(context, volumeId, request.volumeContext)
    if (capability.accessType === 'Block') return {}
    const mounted = (await host.mounts.list()).findLast((mount) => mount.path === path)
    if (mounted && mounted.deviceNumber !== deviceNumber)
      throw new OpenLocalError(
        'FAILED_PRECONDITION',
        `${path} is a mount of ${mounted.source}, not of ${devicePath}; unmount it by hand`,
      )
    if (!mounted) {
      const asked = capability.fsType || context.findVolume(volumeId)?.spec.fsType || 'ext4'
      await prepareFileSystem(host, devicePath, asked)
      await host.mounts.prepare(path, 'directory')
      await host.mounts.mount(devicePath, path, asked, [...capability.mountFlags])
    }
    context.noteUse(volumeId)
    return {}
  })
}
