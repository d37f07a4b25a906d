import { randomBytes } from 'node:crypto'
import {
  codeOf,
  formatBytes,
  isVolumeGroupName,
  messageOf,
  type NodeLocalVolume,
  ownVolumePrefixes,
} from '@open-local/shared'
import { CommandError } from '../host/command-error.ts'
import { type Host, type LogicalVolume, type VolumeGroup, volumePath } from '../host/host.ts'
import type { LvmPicture } from '../host/lvm-picture.ts'
import type { CreationJournal } from './creation-journal.ts'
import { failedWith, type Outcome } from './outcome.ts'
import { findAttempt, findClaimUid, isOwnTagged, tagsOf } from './tags.ts'

export interface VolumeContext {
  host: Host
  picture: LvmPicture
  journal: CreationJournal
}

/**
 * Ensures the logical volume that the object asks for: exactly one, however often this is called and wherever it was
 * killed before. Its own earlier work is taken up; anything else of that name is never touched. One that was Ready once
 * and is gone is never made again, because an empty volume in its place would hide the loss.
 */
export async function ensureLogicalVolume(context: VolumeContext, volume: NodeLocalVolume): Promise<Outcome> {
  const { picture, journal } = context
  const { pool, sizeBytes, nodeName } = volume.spec
  const { name } = volume.metadata
  if (!isVolumeGroupName(pool)) return failedWith('Invalid', `spec.pool: "${pool}" is not a VolumeGroup name`)
  if (!(sizeBytes > 0)) return failedWith('Invalid', `spec.sizeBytes: ${sizeBytes} is not above 0`)
  const unexpected = !picture.findVolume(pool, name) && (wasReady(volume) || !picture.findGroup(pool))
  if (unexpected && isFirstTry(volume)) await picture.refresh()
  const group = picture.findGroup(pool)
  if (!group) {
    const message = `Node ${nodeName} has no VolumeGroup ${pool}; plug its disks in, or initialise it and try again`
    return failedWith(wasReady(volume) ? 'VolumeMissing' : 'PoolMissing', message)
  }
  const existing = picture.findVolume(pool, name)
  if (!existing) {
    if (wasReady(volume)) return missing(volume)
    return create(context, volume, group)
  }
  const attempt = await journal.find(name)
  if (attempt !== undefined && findAttempt(existing.tags) === attempt) {
    await context.host.lvm.removeLogicalVolume(pool, name)
    await picture.reload(pool, group.sequence)
    const now = picture.findGroup(pool)
    return now ? create(context, volume, now) : failedWith('PoolMissing', `VolumeGroup ${pool} went away`, true)
  }
  return adopt(context, volume, group, existing)
}

function wasReady(volume: NodeLocalVolume): boolean {
  return volume.status?.phase === 'Ready' || volume.status?.uuid !== undefined
}

/** LVM is asked before a failure is told for the first time; later tries wait for news, or they would never let it rest. */
function isFirstTry(volume: NodeLocalVolume): boolean {
  return volume.status?.phase !== 'Failed'
}

function missing({ metadata, spec }: NodeLocalVolume): Outcome {
  const path = `${spec.pool}/${metadata.name}`
  return failedWith(
    'VolumeMissing',
    `Logical volume ${path} was on node ${spec.nodeName} and is gone; it is not made again, for that would hide the loss. Bring its disks back, or delete the claim`,
  )
}

async function adopt(
  { host, picture }: VolumeContext,
  volume: NodeLocalVolume,
  group: VolumeGroup,
  existing: LogicalVolume,
): Promise<Outcome> {
  const { name } = volume.metadata
  const path = `${group.name}/${name}`
  const uid = findClaimUid(existing.tags)
  const ours = isOwnTagged(existing.tags) || ownVolumePrefixes.some((prefix) => name.startsWith(prefix))
  const asked = roundUp(BigInt(volume.spec.sizeBytes), group.extentSizeBytes)
  const stripe = group.extentSizeBytes * BigInt(group.physicalVolumes.length)
  if (!ours) return failedWith('Conflict', `${path} exists and is not ours; rename or remove it by hand`)
  if (uid !== undefined && volume.spec.claim?.uid !== undefined && uid !== volume.spec.claim.uid)
    return failedWith('Conflict', `${path} belongs to the claim with UID ${uid}, not ${volume.spec.claim.uid}`)
  // A striped volume is rounded up to a whole stripe.
  if (existing.sizeBytes < asked || existing.sizeBytes >= asked + stripe)
    return failedWith(
      'Conflict',
      `${path} has ${existing.sizeBytes} bytes where ${asked} are asked for; it is left as it is`,
    )
  const devicePath = volumePath(group.name, name)
  if (!(await host.devices.find(devicePath))) await host.lvm.activate(group.name)
  if (volume.status?.phase !== 'Ready') await flush(host, picture, group.name, name)
  return { kind: 'ready', devicePath, sizeBytes: existing.sizeBytes, uuid: existing.uuid }
}

async function create(context: VolumeContext, volume: NodeLocalVolume, group: VolumeGroup): Promise<Outcome> {
  const { host, picture, journal } = context
  const { spec } = volume
  const { name } = volume.metadata
  if (findShortage(volume, group)) {
    // Somebody else may have made room where we can't see it.
    if (isFirstTry(volume)) await picture.refresh()
    const shortage = findShortage(volume, picture.findGroup(spec.pool) ?? group)
    if (shortage) return shortage
  }
  const stripes = stripesOf(volume, group)
  const sizeBytes = roundUp(BigInt(spec.sizeBytes), group.extentSizeBytes)
  const attempt = randomBytes(6).toString('hex')
  await journal.begin(name, attempt)
  try {
    const tags = tagsOf(spec, attempt)
    await host.lvm.createLogicalVolume({ volumeGroup: group.name, name, sizeBytes, stripes, tags })
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    // It may have been made all the same, by the time that the command failed.
    await picture.refresh()
    return failureOf(error, volume, picture.findGroup(group.name))
  }
  await picture.reload(group.name, group.sequence)
  await flush(host, picture, group.name, name)
  const made = picture.findVolume(group.name, name)
  if (!made) return failedWith('CommandFailed', `LVM made ${group.name}/${name} and does not show it`, true)
  await journal.end(name)
  return { kind: 'ready', devicePath: volumePath(group.name, name), sizeBytes: made.sizeBytes, uuid: made.uuid }
}

/** LVM flushes nothing: without this a power cut takes an acknowledged volume away, or the whole group's metadata. */
export async function flush(host: Host, picture: LvmPicture, group: string, volume?: string): Promise<void> {
  const present = picture.findGroup(group)?.physicalVolumes.filter((p) => !p.missing) ?? []
  for (const { device } of present) await host.devices.flush(device)
  if (volume !== undefined) await host.devices.flush(volumePath(group, volume))
}

function stripesOf({ spec }: NodeLocalVolume, group: VolumeGroup): number {
  return spec.layout === 'striping' ? group.physicalVolumes.filter((p) => !p.missing).length : 1
}

function findShortage(volume: NodeLocalVolume, group: VolumeGroup): Outcome | undefined {
  const free = group.freeBytes
  const stripes = stripesOf(volume, group)
  const needed = roundUp(BigInt(volume.spec.sizeBytes), group.extentSizeBytes * BigInt(stripes))
  if (needed > free) return shortageOf(volume, needed, free)
  const room = group.physicalVolumes.filter((p) => !p.missing && p.freeBytes >= needed / BigInt(stripes)).length
  if (stripes > 1 && room < stripes)
    return failedWith(
      'InsufficientSpace',
      `Striping over ${stripes} disks of VolumeGroup ${group.name} on node ${volume.spec.nodeName} needs ${formatBytes(needed / BigInt(stripes))} on each; only ${room} have that free`,
    )
  return undefined
}

function shortageOf({ spec }: NodeLocalVolume, needed: bigint, free: bigint): Outcome {
  return failedWith(
    'InsufficientSpace',
    `${formatBytes(needed)} (${needed} bytes) were asked for, and VolumeGroup ${spec.pool} on node ${spec.nodeName} has ${formatBytes(free)} (${free} bytes) free`,
  )
}

function failureOf(error: CommandError, volume: NodeLocalVolume, group: VolumeGroup | undefined): Outcome {
  const { spec } = volume
  switch (codeOf(error)) {
    case 'RESOURCE_EXHAUSTED':
      return shortageOf(volume, BigInt(spec.sizeBytes), group?.freeBytes ?? 0n)
    case 'NOT_FOUND':
      return failedWith('PoolMissing', `Node ${spec.nodeName} has no VolumeGroup ${spec.pool}: ${messageOf(error)}`)
    default:
      return failedWith('CommandFailed', messageOf(error), true)
  }
}

function roundUp(value: bigint, multiple: bigint): bigint {
  return ((value + multiple - 1n) / multiple) * multiple
}
