/**
 * The one door to the machine. Everything that the agent knows of disks, LVM, file systems and mounts, and everything
 * that it does to them, passes through `Host`: `linux-host.ts` is the real one, `simulated-host.ts` keeps it all in
 * memory, and `host-contract.ts` is the promise that both keep. What to do with it is decided next door.
 */

/** A logical volume's extents on one physical volume. */
export interface Extents {
  /** The physical volume's device, `/dev/…`. */
  device: string
  /** First extent on the physical volume, and how many. */
  start: number
  count: number
}

export interface LogicalVolume {
  name: string
  uuid: string
  sizeBytes: bigint
  tags: string[]
  readOnly: boolean
  /** Made by LVM for itself (mirror legs, snapshot stores); users never see it. */
  hidden: boolean
  extents: Extents[]
}

export interface PhysicalVolume {
  /** `/dev/…`, or LVM's words for a device that is gone. */
  device: string
  uuid: string
  sizeBytes: bigint
  freeBytes: bigint
  /** Where the first extent begins on the device. */
  dataStartBytes: bigint
  missing: boolean
}

export interface VolumeGroup {
  name: string
  uuid: string
  /** Counts up with each change of the group's metadata. */
  sequence: number
  extentSizeBytes: bigint
  sizeBytes: bigint
  freeBytes: bigint
  metadataSizeBytes?: bigint
  metadataFreeBytes?: bigint
  physicalVolumes: PhysicalVolume[]
  logicalVolumes: LogicalVolume[]
}

export interface LvmReport {
  volumeGroups: VolumeGroup[]
  /** Devices that carry an LVM label but belong to no group. */
  orphanDevices: string[]
}

export interface NewLogicalVolume {
  volumeGroup: string
  name: string
  /** A multiple of the group's extent size. */
  sizeBytes: bigint
  /** 1 for linear. */
  stripes: number
  tags: string[]
}

export interface NewVolumeGroup {
  name: string
  devices: string[]
  metadataSizeBytes: bigint
}

export interface Lvm {
  /** Every VolumeGroup as LVM sees it now. One process. */
  report(): Promise<LvmReport>
  /**
   * One VolumeGroup from the copy of its metadata that LVM writes after each change; no process. Undefined when there
   * is no such copy, it is no newer than `known`, or it holds what this reader does not know: then ask `report`.
   * Devices are those of `known`, by the physical volumes' UUIDs.
   */
  readBackup(name: string, known: VolumeGroup | undefined): Promise<VolumeGroup | undefined>
  /** Made, active, and free of old signatures. RESOURCE_EXHAUSTED, NOT_FOUND (no such group), ALREADY_EXISTS. */
  createLogicalVolume(volume: NewLogicalVolume): Promise<void>
  /** NOT_FOUND when absent; FAILED_PRECONDITION while it is in use. */
  removeLogicalVolume(volumeGroup: string, name: string): Promise<void>
  /** Makes the device nodes of every logical volume of the group. Safe to repeat. */
  activate(volumeGroup: string): Promise<void>
  /** Labels the devices and makes the group. LVM itself refuses a device that carries a signature. */
  createVolumeGroup(group: NewVolumeGroup): Promise<void>
}

export interface BlockDevice {
  /** `/dev/<kernel name>` */
  path: string
  sizeBytes: bigint
  readOnly: boolean
  rotational: boolean
  serial?: string
  wwn?: string
  model?: string
  vendor?: string
  transport?: string
  /** For a partition: its disk, and where it begins there. */
  parent?: string
  startBytes?: bigint
  /** Kernel names of devices built upon it. */
  holders: string[]
  /** Paths of its partitions. */
  partitions: string[]
  /** Mount paths and `swap` that use it right now. */
  usedBy: string[]
}

/** What a probe found. `type` is libblkid's: `ext4`, `xfs`, `LVM2_member`, `dos`, … */
export interface Signature {
  type: string
  usage: 'filesystem' | 'raid' | 'crypto' | 'partition-table' | 'other'
}

export interface FoundDevice {
  /** Where it really is: `/dev/sda`, `/dev/mapper/pool0-local--1`. */
  path: string
  /** `major:minor` */
  deviceNumber: string
  sizeBytes: bigint
  readOnly: boolean
}

export interface BlockDevices {
  /** Whole disks whose kernel name the expression accepts, and their partitions; sorted by path; no process. */
  list(accepts: (kernelName: string) => boolean): Promise<BlockDevice[]>
  /** Changes whenever a disk or partition comes, goes or changes size; not with logical volumes. No process. */
  fingerprint(): Promise<string>
  /** A device node, symbolic links followed; undefined when there is none. No process. */
  find(path: string): Promise<FoundDevice | undefined>
  /** The first signature on it, undefined when blank. One process. NOT_FOUND when the device is absent. */
  probe(path: string): Promise<Signature | undefined>
  /** Whether nobody mounts or holds it: it can be opened exclusively. */
  isIdle(path: string): Promise<boolean>
  /** Whether its first and last MiB hold only zeros. */
  hasZeroEnds(path: string): Promise<boolean>
  /** Everything written so far has reached the disk; no process. */
  flush(path: string): Promise<void>
  /** Overwrites all of it with zeros. */
  zero(path: string): Promise<void>
  /** Tells the disk that nothing of it is needed; a disk that can't is no error. */
  discard(path: string): Promise<void>
  /** Takes its signatures off, so that it counts as blank. */
  wipeSignatures(path: string): Promise<void>
}

export interface FileSystemUsage {
  totalBytes: bigint
  availableBytes: bigint
  usedBytes: bigint
  totalInodes: bigint
  freeInodes: bigint
  usedInodes: bigint
}

export interface FileSystems {
  /** Makes a file system on a device that was probed blank. */
  make(fsType: string, device: string): Promise<void>
  /** Repairs what can be repaired without asking; INTERNAL when it needs a person. xfs replays its log at mount. */
  check(fsType: string, device: string): Promise<void>
  /** NOT_FOUND when the path is absent. No process. */
  usage(path: string): Promise<FileSystemUsage>
}

export interface Mount {
  path: string
  /** `major:minor` of what is mounted. */
  deviceNumber: string
  source: string
  fsType: string
  /** What of the file system is mounted; `/` unless a bind mount of a part. */
  root: string
  readOnly: boolean
  options: string[]
}

export interface Mounts {
  /** All mounts that this process sees, oldest first; no process. */
  list(): Promise<Mount[]>
  mount(device: string, path: string, fsType: string, options: string[]): Promise<void>
  /** A directory, or a device node onto a file. */
  bind(source: string, path: string, options: string[]): Promise<void>
  /** A path that is no mount is fine. */
  unmount(path: string): Promise<void>
  /** Makes the directory or empty file, and the directories above. Safe to repeat. */
  prepare(path: string, kind: 'directory' | 'file'): Promise<void>
  /** Takes an empty directory or file away; fine when absent. Never what is inside a mount. */
  remove(path: string): Promise<void>
  /** What stands at a path; a bind-mounted device node is `device` with its number. */
  find(path: string): Promise<{ kind: 'directory' | 'file' } | { kind: 'device'; deviceNumber: string } | undefined>
}

export interface Host {
  readonly lvm: Lvm
  readonly devices: BlockDevices
  readonly fileSystems: FileSystems
  readonly mounts: Mounts
  /** Calls back, soon, whenever LVM metadata changed. Returns the way to stop. */
  watchLvm(onChange: () => void): () => void
  /**
   * Calls back when a disk or partition came, went or changed, with its path; without one when events may have been
   * missed. Returns the way to stop.
   */
  watchDevices(onEvent: (path?: string) => void): () => void
}

/** `/dev/<group>/<volume>` */
export function volumePath(volumeGroup: string, name: string): string {
  return `/dev/${volumeGroup}/${name}`
}
