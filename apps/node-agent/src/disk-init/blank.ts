import type { DeviceFacts } from './facts.ts'

/** Each looks for one sign of use, and says what it saw. */
type Sign = (facts: DeviceFacts) => string | undefined

const isAbsent: Sign = ({ device }) => (device ? undefined : 'is no disk or partition of this node')
const couldNotBeRead: Sign = ({ error }) => (error ? `could not be read (${error})` : undefined)
const isReadOnly: Sign = ({ device }) => (device?.readOnly ? 'is read-only' : undefined)
const isInUse: Sign = ({ device }) => {
  const [use] = device?.usedBy ?? []
  return use === undefined ? undefined : use === 'swap' ? 'is used as swap' : `is mounted at ${use}`
}
const isHeld: Sign = ({ device }) => (device?.holders.length ? `is held by ${device.holders.join(', ')}` : undefined)
const hasPartitions: Sign = ({ device }) =>
  device?.partitions.length ? `has partitions (${device.partitions.join(', ')})` : undefined
const hasSignature: Sign = ({ signature }) => (signature ? `carries ${signature.type}` : undefined)
const isBusy: Sign = ({ device, idle }) => (device && !idle ? 'is opened by something else' : undefined)
const hasBytes: Sign = ({ device, zeroEnds }) =>
  device && !zeroEnds ? 'has something written in its first or last MiB' : undefined

const anySign = [isAbsent, couldNotBeRead, isReadOnly, isInUse, isHeld, hasPartitions, hasSignature, isBusy, hasBytes]

/** The first sign that a device is not provably blank; undefined when there is none. */
export function findSignOfUse(facts: DeviceFacts): string | undefined {
  for (const sign of anySign) {
    const seen = sign(facts)
    if (seen) return seen
  }
  return undefined
}

/**
 * An LVM label and nothing else, in no group: what our own vgcreate leaves when it is killed between labelling and
 * making the group. Such a device holds no data that LVM knows of, and the spec names it, so it is taken up again.
 */
export function isHalfDone(facts: DeviceFacts, orphanDevices: readonly string[]): boolean {
  const { device, signature } = facts
  if (!device || signature?.type !== 'LVM2_member' || !orphanDevices.includes(device.path)) return false
  return findSignOfUse({ ...facts, signature: undefined, zeroEnds: true }) === undefined
}
