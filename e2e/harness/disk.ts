import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'

export type DiskKind = 'ssd' | 'hdd' | 'virtio' | 'nvme'

export interface DiskSpec {
  /** File that holds the disk's bytes; made sparse and blank when absent, kept otherwise. */
  path: string
  sizeBytes: bigint
  /** What the VM sees of it. virtio always claims to rotate; `ssd` and `hdd` are SCSI. */
  kind?: DiskKind
  /** Identity the VM sees, at most 20 characters. */
  serial: string
}

/** Makes the file a sparse, blank disk when it is absent; grows it to the size asked for, never shrinks it. */
export async function ensureDiskFile(path: string, sizeBytes: bigint): Promise<void> {
  const file = await open(path, 'a', 0o600)
  try {
    const { size } = await file.stat({ bigint: true })
    if (size < sizeBytes) await file.truncate(Number(sizeBytes))
  } finally {
    await file.close()
  }
}

/** The World Wide Name of a SCSI disk: always the same for the same serial. */
export function wwnOf(serial: string): string {
  return `0x5000c5${createHash('sha256').update(serial).digest('hex').slice(0, 10)}`
}

/** QEMU's device for a disk. virtio and NVMe disks take one of the PCI ports that were made for hot-plugging. */
export function diskDevice(disk: DiskSpec, id: string, pciPort: string | undefined): Record<string, unknown> {
  const common = { id: `dev-${id}`, drive: id, serial: disk.serial }
  switch (disk.kind ?? 'ssd') {
    case 'ssd':
      return {
        driver: 'scsi-hd',
        bus: 'scsi0.0',
        ...common,
        ...scsi(disk.serial),
        rotation_rate: 1,
        product: 'FlashDisk',
      }
    case 'hdd':
      return {
        driver: 'scsi-hd',
        bus: 'scsi0.0',
        ...common,
        ...scsi(disk.serial),
        rotation_rate: 7200,
        product: 'SpinningDisk',
      }
    case 'virtio':
      return { driver: 'virtio-blk-pci', bus: pciPort, ...common }
    case 'nvme':
      return { driver: 'nvme', bus: pciPort, ...common }
  }
}

function scsi(serial: string): Record<string, unknown> {
  return { wwn: Number(wwnOf(serial)), vendor: 'OPENLOC' }
}
