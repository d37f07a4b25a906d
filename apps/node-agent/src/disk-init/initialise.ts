import { messageOf, type ResourceToBeInited } from '@open-local/shared'
import type { Host } from '../host/host.ts'
import type { LvmPicture } from '../host/lvm-picture.ts'
import { gatherFacts } from './facts.ts'
import { type InitPlan, type InitStep, planInit } from './plan.ts'

/**
 * Room for the metadata of more than 5,000 volumes: each takes about 750 bytes with our tags, and LVM needs the area
 * twice over, for it writes the new text beside the old.
 */
const METADATA_BYTES = 16n * 1024n * 1024n

export type InitResult =
  | { kind: 'idle' }
  | { kind: 'done'; changed: boolean }
  /** `messages` name the devices, what is on them and what to do. */
  | { kind: 'refused'; messages: string[] }
  | { kind: 'failed'; messages: string[] }

export interface InitContext {
  host: Host
  picture: LvmPicture
}

/**
 * Makes the VolumeGroups and mounts that the spec asks for and that are not there, on provably blank devices only;
 * what is there already is left alone. Safe to repeat and to be killed anywhere. Each step is planned anew from facts
 * read just before it.
 */
export async function initialise(context: InitContext, wanted: ResourceToBeInited | undefined): Promise<InitResult> {
  const asked = (wanted?.vgs?.length ?? 0) + (wanted?.mountpoints?.length ?? 0)
  if (!wanted || asked === 0) return { kind: 'idle' }
  let changed = false
  const failures: string[] = []
  let plan = await makePlan(context, wanted, changed)
  // A step that was done is not planned again, so this ends; the bound is for a device that changes under us.
  for (let i = 0; plan.steps.length > 0 && i < 200; i++) {
    try {
      await apply(context, plan.steps[0]!)
      changed = true
    } catch (error) {
      failures.push(messageOf(error))
      break
    }
    plan = await makePlan(context, wanted, changed)
  }
  const messages = [...failures, ...plan.refusals.map((r) => r.message)]
  if (failures.length > 0) return { kind: 'failed', messages }
  if (messages.length > 0) return { kind: 'refused', messages }
  return { kind: 'done', changed }
}

async function makePlan({ host, picture }: InitContext, wanted: ResourceToBeInited, fresh: boolean): Promise<InitPlan> {
  const mounts = await host.mounts.list()
  const missingGroup = (wanted.vgs ?? []).some((g) => !picture.findGroup(g.name))
  // Before anything is made, LVM itself must say that it is not there.
  if (missingGroup && !fresh) await picture.refresh()
  const needed = [
    ...(wanted.vgs ?? []).filter((g) => !picture.findGroup(g.name)).flatMap((g) => g.devices),
    ...(wanted.mountpoints ?? []).filter((m) => !mounts.some((at) => at.path === m.path)).map((m) => m.device),
  ]
  const facts = new Map<string, Awaited<ReturnType<typeof gatherFacts>>>()
  for (const path of new Set(needed)) facts.set(path, await gatherFacts(host, path))
  return planInit(wanted, { volumeGroups: picture.groups, orphanDevices: picture.orphanDevices, mounts, facts })
}

async function apply({ host, picture }: InitContext, step: InitStep): Promise<void> {
  switch (step.kind) {
    case 'createVolumeGroup':
      await host.lvm.createVolumeGroup({ name: step.name, devices: step.devices, metadataSizeBytes: METADATA_BYTES })
      for (const device of step.devices) await host.devices.flush(device)
      return picture.refresh()
    case 'makeFileSystem':
      await host.fileSystems.make(step.fsType, step.device)
      return host.devices.flush(step.device)
    case 'mount':
      await host.mounts.prepare(step.path, 'directory')
      return host.mounts.mount(step.device, step.path, step.fsType, step.options)
  }
}
