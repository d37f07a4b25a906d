import { bytesToJson, type NodeLocalVolume, type NodeLocalVolumeStatus, withCondition } from '@open-local/shared'
import type { Deletion } from './delete-volume.ts'
import type { Outcome } from './outcome.ts'
import type { VolumeUses } from './volume-uses.ts'

/** Enough to see who uses it; the object stays small. */
const MAX_MOUNTS = 8

/** The status to write after a try. Equal content gives an equal status, so that nothing is written twice. */
export function statusAfter(
  volume: NodeLocalVolume,
  outcome: Outcome,
  uses: VolumeUses,
  now: Date,
): NodeLocalVolumeStatus {
  const ready = outcome.kind === 'ready'
  const old = volume.status
  const condition = {
    type: 'Provisioned',
    status: ready ? ('True' as const) : ('False' as const),
    reason: ready ? 'Provisioned' : outcome.reason,
    message: ready ? '' : outcome.message.slice(0, 600),
    lastTransitionTime: timestamp(now),
  }
  const conditions = withCondition(
    old?.conditions?.filter((c) => c.type !== 'InUse'),
    condition,
  )
  const shown = uses.mounts.slice(0, MAX_MOUNTS)
  const { generation } = volume.metadata
  return {
    ...(ready
      ? {
          phase: 'Ready',
          devicePath: outcome.devicePath,
          sizeBytes: bytesToJson(outcome.sizeBytes),
          uuid: outcome.uuid,
        }
      : // What it was stays readable when it is lost.
        { phase: 'Failed', devicePath: old?.devicePath, sizeBytes: old?.sizeBytes, uuid: old?.uuid }),
    message: ready ? undefined : outcome.message.slice(0, 600),
    observedGeneration: generation,
    staged: uses.staged || undefined,
    mounts: shown.length > 0 ? shown.map((m) => (m.readOnly ? m : { path: m.path })) : undefined,
    conditions,
  }
}

/** The status while the deletion waits. */
export function statusWhileDeleting(
  volume: NodeLocalVolume,
  deletion: Extract<Deletion, { done: false }>,
  uses: VolumeUses,
  now: Date,
): NodeLocalVolumeStatus {
  const { reason, message } = deletion
  const shown = uses.mounts.slice(0, MAX_MOUNTS)
  return {
    ...volume.status,
    phase: 'Deleting',
    message,
    staged: uses.staged || undefined,
    mounts: shown.length > 0 ? shown.map((m) => (m.readOnly ? m : { path: m.path })) : undefined,
    conditions: withCondition(volume.status?.conditions, {
      type: 'InUse',
      status: 'True',
      reason,
      message,
      lastTransitionTime: timestamp(now),
    }),
  }
}

/** As Kubernetes writes times: whole seconds. */
export function timestamp(now: Date): string {
  return now.toISOString().replace(/\.\d+Z$/, 'Z')
}
