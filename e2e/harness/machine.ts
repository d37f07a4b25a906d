/** What lies on a machine's disks, as its own tools say it: not what we say of it. */
export interface LogicalVolume {
  node: string
  name: string
  vg: string
  sizeBytes: bigint
  tags: string[]
}

/** A node as the scenarios see it, real or simulated. A `device` is a path like `/dev/vg/lv`. */
export interface Machine {
  readonly name: string
  readonly running: boolean
  logicalVolumes(): Promise<LogicalVolume[]>
  /** Free bytes by VolumeGroup. */
  freeBytes(): Promise<Record<string, bigint>>
  /** Devices that a VolumeGroup lies on. */
  physicalVolumes(vg: string): Promise<string[]>
  /** The file system on a device, by what is written there; undefined for none. */
  fileSystem(device: string): Promise<string | undefined>
  /** Where a device is mounted. */
  mountTargets(device: string): Promise<string[]>
  /** As text. */
  read(device: string, offset: number, bytes: number): Promise<string>
  /** The power is cut and comes back. Resolves when the node is Ready again; our agent is not started. */
  reboot(): Promise<void>
  /** All there is to know of its disks, for the message of a failed test. */
  story(): Promise<string>
}

/** The files of a pod's volumes, seen from inside the pod. Text files; a device is read and written at an offset. */
export interface PodFiles {
  /** Durable when it resolves. */
  write(path: string, text: string): Promise<void>
  /** Without the end of line. */
  read(path: string): Promise<string>
  writeAt(device: string, offset: number, text: string): Promise<void>
  readAt(device: string, offset: number, bytes: number): Promise<string>
}
