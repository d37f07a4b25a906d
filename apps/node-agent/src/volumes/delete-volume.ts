import { codeOf, isVolumeGroupName, type NodeLocalVolume } from '@open-local/shared'
import { volumePath } from '../host/host.ts'
import { flush, type VolumeContext } from './create-logical-volume.ts'
import { findClaimUid } from './tags.ts'
import { findUses } from './volume-uses.ts'

export type Deletion =
  /** Nothing of it is left; the finalizer may go. `note` says when that was not by our doing. */
  { done: true; note?: string } | { done: false; reason: 'InUse'; message: string }

/**
 * Ensures that the volume is gone from the disk, its bytes treated as its wipe policy says, never while anything uses
 * it. Safe to repeat from any point: wiping twice is only slow, and an absent volume is done.
 */
export async function deleteVolume(context: VolumeContext, volume: NodeLocalVolume): Promise<Deletion> {
  switch (volume.spec.volumeType) {
    case 'LVM':
      return deleteLogicalVolume(context, volume)
    case 'Device':
      return releaseDevice(context, volume)
    case 'MountPoint':
      // Never made Ready here, so nothing was ever given out.
      return { done: true }
  }
}

async function deleteLogicalVolume(context: VolumeContext, volume: NodeLocalVolume): Promise<Deletion> {
  const { host, picture, journal } = context
  const { pool, claim } = volume.spec
  const { name } = volume.metadata
  if (!isVolumeGroupName(pool)) return { done: true, note: `${pool} is not a VolumeGroup name` }
  // Only LVM itself may say that there is nothing to delete.
  if (!picture.findVolume(pool, name)) await picture.refresh()
  const found = picture.findVolume(pool, name)
  if (!found) {
    await journal.end(name)
    return { done: true, note: `logical volume ${pool}/${name} was gone already` }
  }
  const uid = findClaimUid(found.tags)
  if (uid !== undefined && claim?.uid !== undefined && uid !== claim.uid)
    return { done: true, note: `${pool}/${name} belongs to the claim with UID ${uid} and is left as it is` }
  const path = volumePath(pool, name)
  const use = await findUse(context, volume)
  if (use) return use
  if (await host.devices.find(path)) await wipe(context, volume, path)
  const before = picture.findGroup(pool)?.sequence
  try {
    await host.lvm.removeLogicalVolume(pool, name)
  } catch (error) {
    if (codeOf(error) === 'FAILED_PRECONDITION') return inUse(path, 'LVM says so')
    if (codeOf(error) !== 'NOT_FOUND') throw error
  }
  await picture.reload(pool, before)
  await flush(host, picture, pool)
  await journal.end(name)
  return { done: true }
}

async function releaseDevice(context: VolumeContext, volume: NodeLocalVolume): Promise<Deletion> {
  const { pool } = volume.spec
  const { devices } = context.host
  // What never became Ready was never ours to wipe.
  if (volume.status?.devicePath === undefined || !(await devices.find(pool))) return { done: true }
  const use = await findUse(context, volume)
  if (use) return use
  await wipe(context, volume, pool)
  await devices.flush(pool)
  return { done: true }
}

/** What stands in the way of deleting the volume, if anything does. No process. */
export async function findUse(
  { host }: VolumeContext,
  { metadata, spec }: NodeLocalVolume,
): Promise<Extract<Deletion, { done: false }> | undefined> {
  const path = spec.volumeType === 'LVM' ? volumePath(spec.pool, metadata.name) : spec.pool
  if (spec.volumeType === 'MountPoint') return undefined
  if (!(await host.devices.find(path))) return undefined
  const { mounts, staged } = await findUses(host, path)
  if (mounts.length > 0) return inUse(path, `mounted at ${mounts[0]!.path}`)
  if (staged) return inUse(path, 'staged by the kubelet')
  return (await host.devices.isIdle(path)) ? undefined : inUse(path, 'held by the kernel for somebody else')
}

function inUse(path: string, how: string): Extract<Deletion, { done: false }> {
  return { done: false, reason: 'InUse', message: `${path} is still in use (${how}); it is deleted when that ends` }
}

async function wipe({ host }: VolumeContext, { spec }: NodeLocalVolume, path: string): Promise<void> {
  // Objects of older writers carry no policy; the safe one holds for them.
  const policy = spec.wipePolicy ?? 'zero'
  if (policy === 'zero') await host.devices.zero(path)
  else if (policy === 'discard') {
    await host.devices.discard(path)
    // A discard promises nothing about what is read afterwards.
    if (spec.volumeType === 'Device') await host.devices.wipeSignatures(path)
  }
}
