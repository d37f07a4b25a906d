import type { BlockDevice, FileSystemUsage, Mount, Signature, VolumeGroup } from '../host/host.ts'

/** What the machine has, at one moment; discovery makes the report of it. */
export interface HostSnapshot {
  devices: BlockDevice[]
  /** By device path; only of devices that nothing else says the use of. */
  signatures: ReadonlyMap<string, Signature>
  volumeGroups: VolumeGroup[]
  orphanDevices: readonly string[]
  mountPoints: (Mount & { usage: FileSystemUsage })[]
  /** Parts that could not be read, in words. The rest is still true. */
  problems: string[]
}
