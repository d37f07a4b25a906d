import { parseCapability, requireAbsolutePath, requireVolumeId } from '@open-local/csi'
import type { NodePublishVolumeRequest, NodePublishVolumeResponse } from '@open-local/proto/csi'
import { OpenLocalError } from '@open-local/shared'
import { type LocatedVolume, locateVolume } from './locate-volume.ts'
import type { NodeContext } from './node-context.ts'

const EPHEMERAL = 'csi.storage.k8s.io/ephemeral'

/**
 * NodePublishVolume: the staged file system is bound to the pod's path, read-only where asked; a raw block volume's
 * device node is bound onto a file. Repeated: nothing. No process but mount(8).
 */
export async function publishVolume(
  context: NodeContext,
  request: NodePublishVolumeRequest,
): Promise<NodePublishVolumeResponse> {
  const volumeId = requireVolumeId(request.volumeId)
  const target = requireAbsolutePath('target_path', request.targetPath)
  const capability = parseCapability(request.volumeCapability)
  if (request.volumeContext[EPHEMERAL] === 'true')
    throw new OpenLocalError(
      'UNIMPLEMENTED',
      'Inline ephemeral volumes are not offered yet; use a generic ephemeral volume (spec.volumes[].ephemeral) with a class of this driver',
    )
  const readOnly = request.readonly || capability.accessMode === 'SINGLE_NODE_READER_ONLY'
  return context.locks.run(volumeId, 'publishing', async () => {
    const volume = await locateVolume(context, volumeId, request.volumeContext)
    if (capability.accessType === 'Block') await publishDevice(context, volume, target, readOnly)
    else {
      const staging = requireAbsolutePath('staging_target_path', request.stagingTargetPath)
      await publishFileSystem(context, volume, staging, target, readOnly, [...capability.mountFlags])
    }
    context.noteUse(volumeId)
    return {}
  })
}

async function publishFileSystem(
  { host }: NodeContext,
  { deviceNumber, devicePath }: LocatedVolume,
  staging: string,
  target: string,
  readOnly: boolean,
  mountFlags: string[],
): Promise<void> {
  const mounts = await host.mounts.list()
  const present = mounts.findLast((mount) => mount.path === target)
  if (present) {
    if (present.deviceNumber !== deviceNumber)
      throw new OpenLocalError('FAILED_PRECONDITION', `${target} is a mount of ${present.source}, not of ${devicePath}`)
    // mount(8) makes a read-only bind in two steps: one cut short leaves it writable.
    if (present.readOnly || !readOnly) return
    await host.mounts.unmount(target)
  }
  if (!mounts.some((mount) => mount.path === staging && mount.deviceNumber === deviceNumber))
    throw new OpenLocalError(
      'FAILED_PRECONDITION',
      `${devicePath} is not staged at ${staging}; the kubelet has to stage it first`,
    )
  await host.mounts.prepare(target, 'directory')
  await host.mounts.bind(staging, target, readOnly ? [...withoutRw(mountFlags), 'ro'] : [])
}

/** A bind mount takes over the file system's own options; only those of the mount itself can be added. */
function withoutRw(flags: string[]): string[] {
  const perMount = ['nosuid', 'nodev', 'noexec', 'noatime', 'nodiratime', 'relatime']
  return flags.filter((flag) => perMount.includes(flag))
}

async function publishDevice(
  { host }: NodeContext,
  { devicePath, deviceNumber }: LocatedVolume,
  target: string,
  readOnly: boolean,
): Promise<void> {
  const present = await host.mounts.find(target)
  if (present?.kind === 'device') {
    if (present.deviceNumber === deviceNumber) return
    throw new OpenLocalError('FAILED_PRECONDITION', `${target} is device ${present.deviceNumber}, not ${devicePath}`)
  }
  if (present?.kind === 'directory') await host.mounts.remove(target)
  await host.mounts.prepare(target, 'file')
  await host.mounts.bind(devicePath, target, readOnly ? ['ro'] : [])
}
