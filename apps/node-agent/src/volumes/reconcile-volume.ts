import type { VolumeLocks } from '@open-local/csi'
import {
  annotations,
  messageOf,
  type NodeLocalVolume,
  type NodeLocalVolumeStatus,
  OpenLocalError,
  VOLUME_FINALIZER,
} from '@open-local/shared'
import { CommandError } from '../host/command-error.ts'
import { volumePath } from '../host/host.ts'
import { claimDevice } from './claim-device.ts'
import { ensureLogicalVolume, type VolumeContext } from './create-logical-volume.ts'
import { type Deletion, deleteVolume, findUse } from './delete-volume.ts'
import { failedWith, type Outcome } from './outcome.ts'
import { statusAfter, statusWhileDeleting } from './volume-status.ts'
import { findUses } from './volume-uses.ts'

/** What reconciling needs of the API. */
export interface VolumeStore {
  find(name: string): NodeLocalVolume | undefined
  /** Writes what differs; nothing when nothing does. */
  writeStatus(volume: NodeLocalVolume, status: NodeLocalVolumeStatus): Promise<void>
  /** Fine when the object is gone. */
  releaseFinalizer(volume: NodeLocalVolume): Promise<void>
}

export interface ReconcileContext extends VolumeContext {
  store: VolumeStore
  /** Shared with the CSI calls: nothing is deleted while it is being staged. */
  locks: VolumeLocks
  now: () => Date
  /** UIDs of volumes that are gone from the disk while the API has not been told yet. */
  deleted: Set<string>
  onNote?: (volume: NodeLocalVolume, reason: string, message: string) => void
}

/** An object that waits for something is looked at again after this long, whatever happens meanwhile. */
const WAIT_MS = 5_000
const FAILED_WAIT_MS = 60_000

/**
 * One step towards what the object says: makes the volume, or deletes it when the object is being deleted, then writes
 * what came of it. Throws what is worth another try soon.
 */
export async function reconcileVolume(
  context: ReconcileContext,
  name: string,
): Promise<{ requeueAfterMs: number } | undefined> {
  const volume = context.store.find(name)
  if (!volume) return undefined
  if (volume.metadata.deletionTimestamp !== undefined) return reconcileDeletion(context, volume)
  // Its deletion follows: seen before that, it must not become a new volume.
  if (volume.metadata.annotations?.[annotations.removeOnly] === 'true') return undefined
  const outcome = await ensure(context, volume)
  const uses = await usesOf(context, volume)
  await context.store.writeStatus(volume, statusAfter(volume, outcome, uses, context.now()))
  if (outcome.kind === 'ready') return undefined
  if (outcome.retry) throw new OpenLocalError('INTERNAL', outcome.message)
  return { requeueAfterMs: FAILED_WAIT_MS }
}

async function ensure(context: ReconcileContext, volume: NodeLocalVolume): Promise<Outcome> {
  try {
    switch (volume.spec.volumeType) {
      case 'LVM':
        return await ensureLogicalVolume(context, volume)
      case 'Device':
        return await claimDevice(context, volume)
      default:
        return failedWith('Unsupported', `Volumes of type ${volume.spec.volumeType} are not offered by this agent yet`)
    }
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    return failedWith('CommandFailed', messageOf(error), true)
  }
}

async function reconcileDeletion(
  context: ReconcileContext,
  volume: NodeLocalVolume,
): Promise<{ requeueAfterMs: number } | undefined> {
  if (!volume.metadata.finalizers?.includes(VOLUME_FINALIZER)) return undefined
  // Looked at without the lock, so that a volume waiting to be deleted never stands in the way of its own unmounting.
  const use = volume.status?.devicePath === undefined ? undefined : await findUse(context, volume)
  const { uid = '' } = volume.metadata
  const deletion = use ?? (context.deleted.has(uid) ? { done: true as const } : await deleteLocked(context, volume))
  if (deletion === 'later') return { requeueAfterMs: WAIT_MS }
  if (!deletion.done) {
    const uses = await usesOf(context, volume)
    await context.store.writeStatus(volume, statusWhileDeleting(volume, deletion, uses, context.now()))
    return { requeueAfterMs: WAIT_MS }
  }
  context.deleted.add(uid)
  if (deletion.note) context.onNote?.(volume, 'VolumeGone', deletion.note)
  await context.store.releaseFinalizer(volume)
  context.deleted.delete(uid)
  return undefined
}

/** `later` while a CSI call on the volume runs. */
async function deleteLocked(context: ReconcileContext, volume: NodeLocalVolume): Promise<Deletion | 'later'> {
  const { name } = volume.metadata
  if (context.locks.find(name)) return 'later'
  return context.locks.run(name, 'deletion', () => deleteVolume(context, volume))
}

function usesOf({ host }: ReconcileContext, { metadata, spec }: NodeLocalVolume) {
  return findUses(host, spec.volumeType === 'LVM' ? volumePath(spec.pool, metadata.name) : spec.pool)
}
