import { InvalidFieldError, isVolumeGroupName, OpenLocalError, parameters } from '@open-local/shared'
import { volumePath } from '../host/host.ts'
import type { NodeContext } from './node-context.ts'

export interface LocatedVolume {
  devicePath: string
  deviceNumber: string
  sizeBytes: bigint
}

/**
 * The volume's device, by its object, or by the volume context for volumes of the original, which have none. Inactive
 * volumes are activated. A missing one is NOT_FOUND and stays missing: an empty one in its place would hide the loss.
 */
export async function locateVolume(
  context: NodeContext,
  volumeId: string,
  volumeContext: Record<string, string>,
): Promise<LocatedVolume> {
  const { host, picture, nodeName } = context
  const place = placeOf(context, volumeId, volumeContext)
  let found = await host.devices.find(place.devicePath)
  if (!found && place.volumeGroup !== undefined) {
    // After a reboot without udevd nothing has activated it.
    if (!picture.findVolume(place.volumeGroup, volumeId)) await picture.refresh()
    if (picture.findVolume(place.volumeGroup, volumeId)) {
      await host.lvm.activate(place.volumeGroup)
      found = await host.devices.find(place.devicePath)
    }
  }
  if (!found)
    throw new OpenLocalError(
      'NOT_FOUND',
      `Volume ${volumeId} should be at ${place.devicePath} on node ${nodeName} and is not there; bring its disks back, or delete the claim. It is not made again, for that would hide the loss`,
    )
  return { devicePath: place.devicePath, deviceNumber: found.deviceNumber, sizeBytes: found.sizeBytes }
}

function placeOf(
  { findVolume, nodeName, isReady }: NodeContext,
  volumeId: string,
  volumeContext: Record<string, string>,
): { devicePath: string; volumeGroup?: string } {
  const volume = findVolume(volumeId)
  if (volume) {
    const { nodeName: where, volumeType, pool } = volume.spec
    if (where !== nodeName)
      throw new OpenLocalError('FAILED_PRECONDITION', `Volume ${volumeId} is on node ${where}, not on ${nodeName}`)
    if (volumeType === 'LVM') return groupPlace(pool, volumeId)
    if (volumeType === 'Device') return { devicePath: pool }
    throw new OpenLocalError('UNIMPLEMENTED', `Volumes of type ${volumeType} are not offered by this agent yet`)
  }
  const volumeGroup = volumeContext[parameters.vgName]
  if (volumeGroup) return groupPlace(volumeGroup, volumeId)
  if (!isReady())
    throw new OpenLocalError('UNAVAILABLE', `Node ${nodeName} has not read its volumes yet; call again in a moment`)
  throw new OpenLocalError(
    'NOT_FOUND',
    `Node ${nodeName} knows no volume ${volumeId}: there is no NodeLocalVolume of that name, and its PV names no ${parameters.vgName}`,
  )
}

function groupPlace(volumeGroup: string, volumeId: string): { devicePath: string; volumeGroup: string } {
  if (!isVolumeGroupName(volumeGroup))
    throw new InvalidFieldError(`volume_context.${parameters.vgName}`, `"${volumeGroup}" is not a VolumeGroup name`)
  return { devicePath: volumePath(volumeGroup, volumeId), volumeGroup }
}
