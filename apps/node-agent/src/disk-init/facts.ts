import { messageOf } from '@open-local/shared'
import type { BlockDevice, Host, Signature } from '../host/host.ts'

/** What is known of a device that the spec names, read at one moment. */
export interface DeviceFacts {
  /** As the spec names it. */
  path: string
  /** Undefined when there is no such device, or it is neither a disk nor a partition. */
  device: BlockDevice | undefined
  signature: Signature | undefined
  zeroEnds: boolean
  idle: boolean
  /** Why the rest could not be read. */
  error?: string
}

/** Kernel names that are no disk of their own. */
const derived = /^(dm-|loop|ram|zram|sr|fd|nbd)/

export async function gatherFacts(host: Host, path: string): Promise<DeviceFacts> {
  const facts: DeviceFacts = { path, device: undefined, signature: undefined, zeroEnds: false, idle: false }
  try {
    const found = await host.devices.find(path)
    if (!found) return facts
    const all = await host.devices.list((name) => !derived.test(name))
    facts.device = all.find((d) => d.path === found.path)
    if (!facts.device) return facts
    facts.idle = await host.devices.isIdle(found.path)
    facts.signature = await host.devices.probe(found.path)
    facts.zeroEnds = await host.devices.hasZeroEnds(found.path)
  } catch (error) {
    facts.error = messageOf(error)
  }
  return facts
}
