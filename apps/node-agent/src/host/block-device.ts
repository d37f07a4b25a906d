import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { BlockDevice, Mount } from './host.ts'
import { by } from './lvm-report.ts'

/**
 * Whole disks and their partitions from sysfs, which needs neither processes nor udev's database. A device that
 * vanishes while it is read is left out. Source: Documentation/ABI/testing/sysfs-block.
 */
export async function listBlockDevices(
  sysfs: string,
  accepts: (kernelName: string) => boolean,
  users: (kernelName: string, deviceNumber: string) => string[],
): Promise<BlockDevice[]> {
  const names = (await readdir(join(sysfs, 'block'))).filter(accepts)
  const found = await Promise.all(
    names.map(async (name) => {
      const disk = await readDisk(sysfs, name, users).catch(() => undefined)
      if (!disk) return []
      const parts = await Promise.all(
        disk.partitions.map((path) => readPartition(sysfs, disk, path, users).catch(() => undefined)),
      )
      return [disk, ...parts.filter((p) => p !== undefined)]
    }),
  )
  return found.flat().sort(by((d) => d.path))
}

/** Which device numbers and swap files are in use, by what. */
export function deviceUsers(mounts: readonly Mount[], swaps: string) {
  const byNumber = new Map<string, string[]>()
  for (const { deviceNumber, path } of mounts) byNumber.set(deviceNumber, [...(byNumber.get(deviceNumber) ?? []), path])
  const swapNames = new Set(swaps.split('\n').map((line) => line.split(/\s/)[0]?.replace(/^\/dev\//, '')))
  return (kernelName: string, deviceNumber: string): string[] => [
    ...new Set(byNumber.get(deviceNumber) ?? []),
    ...(swapNames.has(kernelName) ? ['swap'] : []),
  ]
}

type Users = (kernelName: string, deviceNumber: string) => string[]

async function readDisk(sysfs: string, name: string, users: Users): Promise<BlockDevice> {
  const dir = join(sysfs, 'block', name)
  const read = (file: string) => readText(join(dir, file))
  const [size, ro, rotational, number, vendor, model, wwid, page80, entries, holders] = await Promise.all([
    readFile(join(dir, 'size'), 'utf8'),
    read('ro'),
    read('queue/rotational'),
    read('dev'),
    read('device/vendor'),
    read('device/model'),
    first([read('wwid'), read('device/wwid')]),
    readFile(join(dir, 'device/vpd_pg80')).catch(() => undefined),
    readdir(dir),
    readdir(join(dir, 'holders')).catch(() => []),
  ])
  const serial = await first([read('serial'), read('device/serial'), Promise.resolve(serialOf(page80))])
  const partitions = []
  for (const entry of entries)
    if (entry.startsWith(name) && (await read(`${entry}/partition`)) !== undefined) partitions.push(`/dev/${entry}`)
  return {
    path: `/dev/${name}`,
    sizeBytes: BigInt(size.trim()) * 512n,
    readOnly: ro === '1',
    rotational: rotational === '1',
    serial,
    wwn: stableName(wwid),
    model,
    // A PCI vendor number, as virtio has it, is no name.
    vendor: vendor?.startsWith('0x') ? undefined : vendor,
    transport: await transportOf(sysfs, name),
    holders: holders.sort(),
    partitions: partitions.sort(),
    usedBy: users(name, number ?? ''),
  }
}

async function readPartition(sysfs: string, disk: BlockDevice, path: string, users: Users): Promise<BlockDevice> {
  const name = path.slice('/dev/'.length)
  const dir = join(sysfs, 'block', disk.path.slice('/dev/'.length), name)
  const size = await readFile(join(dir, 'size'), 'utf8')
  const start = await readText(join(dir, 'start'))
  return {
    path,
    sizeBytes: BigInt(size.trim()) * 512n,
    readOnly: (await readText(join(dir, 'ro'))) === '1' || disk.readOnly,
    rotational: disk.rotational,
    transport: disk.transport,
    parent: disk.path,
    startBytes: BigInt(start ?? '0') * 512n,
    holders: (await readdir(join(dir, 'holders')).catch(() => [])).sort(),
    partitions: [],
    usedBy: users(name, (await readText(join(dir, 'dev'))) ?? ''),
  }
}

async function transportOf(sysfs: string, name: string): Promise<string | undefined> {
  if (name.startsWith('nvme')) return 'nvme'
  if (name.startsWith('vd')) return 'virtio'
  if (name.startsWith('xvd')) return 'xen'
  if (!name.startsWith('sd')) return undefined
  const vendor = await readText(join(sysfs, 'block', name, 'device/vendor'))
  return vendor === 'ATA' ? 'sata' : 'scsi'
}

/** SCSI page 0x80: four bytes of header, then the unit serial number. Source: SPC-4 §7.8.15. */
function serialOf(page: Buffer | undefined): string | undefined {
  return page && page.length > 4 ? printable(page.subarray(4).toString('latin1')) : undefined
}

/** `naa.5000…`, `eui.…`, `nvme.…` name the disk itself; `t10.…` may repeat a blank serial. */
function stableName(wwid: string | undefined): string | undefined {
  if (wwid?.startsWith('naa.')) return `0x${wwid.slice(4)}`
  return wwid?.startsWith('eui.') || wwid?.startsWith('nvme.') || wwid?.startsWith('uuid.') ? wwid : undefined
}

async function readText(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').then(printable, () => undefined)
}

function printable(text: string): string | undefined {
  return text.replace(/[^\x21-\x7e]+/g, ' ').trim() || undefined
}

async function first(candidates: Promise<string | undefined>[]): Promise<string | undefined> {
  for (const candidate of candidates) {
    const value = await candidate
    if (value !== undefined) return value
  }
  return undefined
}
