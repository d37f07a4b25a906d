import { requireAbsolutePath, requireVolumeId } from '@open-local/csi'
import {
  type NodeGetVolumeStatsRequest,
  type NodeGetVolumeStatsResponse,
  VolumeUsage_Unit,
} from '@open-local/proto/csi'
import { OpenLocalError } from '@open-local/shared'
import type { NodeContext } from './node-context.ts'

/**
 * NodeGetVolumeStats: bytes and inodes by statfs; for a raw block volume its size. NOT_FOUND when the volume is not at
 * that path. No process, and no lock: a look is allowed at any time.
 */
export async function getVolumeStats(
  context: NodeContext,
  request: NodeGetVolumeStatsRequest,
): Promise<NodeGetVolumeStatsResponse> {
  const volumeId = requireVolumeId(request.volumeId)
  const path = requireAbsolutePath('volume_path', request.volumePath)
  const { host } = context
  const found = await host.mounts.find(path)
  if (!found) throw new OpenLocalError('NOT_FOUND', `Volume ${volumeId} is not at ${path}: there is no such path`)
  if (found.kind === 'device') {
    const total = (await host.devices.find(path))?.sizeBytes ?? 0n
    return {
      usage: [{ unit: VolumeUsage_Unit.BYTES, total, available: 0n, used: total }],
      volumeCondition: condition(''),
    }
  }
  const mount = (await host.mounts.list()).findLast((m) => m.path === path)
  if (!mount) throw new OpenLocalError('NOT_FOUND', `Volume ${volumeId} is not mounted at ${path}`)
  const usage = await host.fileSystems.usage(path)
  // ext4 and xfs answer an error by turning read-only, of the file system and not only of this mount.
  const fault = mount.readOnly && !mount.options.includes('ro') ? `${mount.source} turned read-only after an error` : ''
  return {
    usage: [
      { unit: VolumeUsage_Unit.BYTES, total: usage.totalBytes, available: usage.availableBytes, used: usage.usedBytes },
      {
        unit: VolumeUsage_Unit.INODES,
        total: usage.totalInodes,
        available: usage.freeInodes,
        used: usage.usedInodes,
      },
    ],
    volumeCondition: condition(fault),
  }
}

function condition(fault: string) {
  return { abnormal: fault !== '', message: fault || 'The volume is healthy' }
}
