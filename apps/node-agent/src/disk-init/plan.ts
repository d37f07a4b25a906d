/**
 * Pure: what the spec wants, what is there, and facts of each device go in; steps and refusals come out. A device with
 * any sign of use appears in no step. Reading the facts is `facts.ts`, doing the steps `initialise.ts`.
 */
import { isVolumeGroupName, type ResourceToBeInited, supportedFsTypes } from '@open-local/shared'
import type { Mount, VolumeGroup } from '../host/host.ts'
import { findSignOfUse, isHalfDone } from './blank.ts'
import type { DeviceFacts } from './facts.ts'

export type InitStep =
  | { kind: 'createVolumeGroup'; name: string; devices: string[] }
  | { kind: 'makeFileSystem'; device: string; fsType: string }
  | { kind: 'mount'; device: string; path: string; fsType: string; options: string[] }

export interface Refusal {
  /** The VolumeGroup or mount path that is not made. */
  target: string
  device?: string
  /** A sentence: what is on it, and what to do. */
  message: string
}

export interface InitPlan {
  steps: InitStep[]
  refusals: Refusal[]
}

export interface Observed {
  volumeGroups: readonly VolumeGroup[]
  orphanDevices: readonly string[]
  mounts: readonly Mount[]
  /** By the path in the spec. */
  facts: ReadonlyMap<string, DeviceFacts>
}

export function planInit(wanted: ResourceToBeInited, observed: Observed): InitPlan {
  const plan: InitPlan = { steps: [], refusals: [] }
  const taken = new Set<string>()
  for (const group of wanted.vgs ?? []) planGroup(group, observed, plan, taken)
  for (const mountPoint of wanted.mountpoints ?? []) planMountPoint(mountPoint, observed, plan, taken)
  return plan
}

function planGroup(
  { name, devices }: { name: string; devices: string[] },
  observed: Observed,
  plan: InitPlan,
  taken: Set<string>,
): void {
  if (observed.volumeGroups.some((g) => g.name === name)) return
  const refuse = (message: string, device?: string) => plan.refusals.push({ target: name, device, message })
  if (!isVolumeGroupName(name)) return void refuse(`"${name}" is not a VolumeGroup name`)
  if (devices.length === 0) return void refuse(`VolumeGroup ${name} names no devices`)
  const real: string[] = []
  let refused = false
  for (const path of devices) {
    const facts = observed.facts.get(path)
    const seen = facts ? findSignOfUse(facts) : 'was not looked at'
    const here = facts?.device?.path ?? path
    if (taken.has(here)) refuse(`${path} is named twice`, path)
    else if (seen && !(facts && isHalfDone(facts, observed.orphanDevices)))
      refuse(`VolumeGroup ${name} is not made: ${path} ${seen}. ${advice(facts, path)}`, path)
    else {
      real.push(here)
      continue
    }
    refused = true
  }
  if (refused) return
  for (const path of real) taken.add(path)
  plan.steps.push({ kind: 'createVolumeGroup', name, devices: real })
}

function planMountPoint(
  wanted: NonNullable<ResourceToBeInited['mountpoints']>[number],
  observed: Observed,
  plan: InitPlan,
  taken: Set<string>,
): void {
  const { path, device, options = [], fsType = 'ext4' } = wanted
  const refuse = (message: string) => plan.refusals.push({ target: path, device, message })
  if (observed.mounts.some((m) => m.path === path)) return
  if (!(supportedFsTypes as readonly string[]).includes(fsType))
    return void refuse(`${path} is not mounted: file system ${fsType} is not one of ${supportedFsTypes.join(', ')}`)
  const facts = observed.facts.get(device)
  const here = facts?.device?.path ?? device
  if (taken.has(here)) return void refuse(`${path} is not mounted: ${device} is named twice`)
  const mount: InitStep = { kind: 'mount', device: here, path, fsType, options }
  // Ours or anybody's: a file system of the wanted type is mounted as it is.
  if (
    facts?.signature?.type === fsType &&
    findSignOfUse({ ...facts, signature: undefined, zeroEnds: true }) === undefined
  ) {
    taken.add(here)
    plan.steps.push(mount)
    return
  }
  const seen = facts ? findSignOfUse(facts) : 'was not looked at'
  if (seen) return void refuse(`${path} is not mounted: ${device} ${seen}. ${advice(facts, device)}`)
  taken.add(here)
  plan.steps.push({ kind: 'makeFileSystem', device: here, fsType }, mount)
}

function advice(facts: DeviceFacts | undefined, path: string): string {
  if (!facts?.device) return 'Plug it in, or take it out of the configuration'
  return `If nothing on it is needed, wipe it by hand (wipefs -a ${path}; blkdiscard --zeroout ${path}); otherwise take it out of the configuration`
}
