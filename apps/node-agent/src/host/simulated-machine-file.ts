import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { messageOf, OpenLocalError } from '@open-local/shared'
import * as z from 'zod'

/** Decimal text: JSON numbers don't hold them exactly. */
const bytes = z
  .string()
  .regex(/^\d+$/)
  .transform((text) => BigInt(text))

const device = z.strictObject({
  deviceNumber: z.string(),
  sizeBytes: bytes,
  readOnly: z.boolean(),
  rotational: z.boolean(),
  serial: z.string().optional(),
  wwn: z.string().optional(),
  model: z.string().optional(),
  transport: z.string().optional(),
  signature: z
    .strictObject({
      type: z.string(),
      usage: z.enum(['filesystem', 'raid', 'crypto', 'partition-table', 'other']),
    })
    .optional(),
  dirty: z.boolean(),
  usedBytes: bytes,
  parent: z.string().optional(),
  startBytes: bytes.optional(),
})

const physicalVolume = z.strictObject({
  device: z.string(),
  uuid: z.string(),
  sizeBytes: bytes,
  freeBytes: bytes,
  dataStartBytes: bytes,
  missing: z.boolean(),
})

const logicalVolume = z.strictObject({
  name: z.string(),
  uuid: z.string(),
  sizeBytes: bytes,
  tags: z.array(z.string()),
  readOnly: z.boolean(),
  hidden: z.boolean(),
  extents: z.array(z.strictObject({ device: z.string(), start: z.int(), count: z.int() })),
})

const group = z.strictObject({
  name: z.string(),
  uuid: z.string(),
  sequence: z.int(),
  extentSizeBytes: bytes,
  sizeBytes: bytes,
  freeBytes: bytes,
  metadataSizeBytes: bytes.optional(),
  metadataFreeBytes: bytes.optional(),
  physicalVolumes: z.array(physicalVolume),
  logicalVolumes: z.array(logicalVolume),
})

const mount = z.strictObject({
  path: z.string(),
  deviceNumber: z.string(),
  source: z.string(),
  fsType: z.string(),
  root: z.string(),
  readOnly: z.boolean(),
  options: z.array(z.string()),
})

const machine = z.strictObject({
  version: z.literal(1),
  bootId: z.string(),
  /** Device numbers are given once only. */
  lastMinor: z.int(),
  devices: z.record(z.string(), device),
  groups: z.array(group),
  /** Devices with an LVM label and no group. */
  orphans: z.array(z.string()),
  mounts: z.array(mount),
})

/** What `machine.json` holds. */
export type MachineRecord = z.output<typeof machine>

/** Undefined when there is no such file. INTERNAL, naming the file, when it is damaged. */
export function readMachine(path: string): MachineRecord | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  try {
    return machine.parse(JSON.parse(text))
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error)
    throw new OpenLocalError(
      'INTERNAL',
      `${path}, the state of the simulated machine, is damaged: ${why}. Repair it, or delete its directory to start with blank disks`,
    )
  }
}

/** The text of the file. */
export function formatMachine(record: MachineRecord): string {
  return `${JSON.stringify(record, (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value), 2)}\n`
}

/** The file holds the old text or the new one at any moment, and the new one for good after the call. */
export function writeAtomically(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  const file = openSync(`${path}.new`, 'w', 0o600)
  try {
    writeFileSync(file, text)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(`${path}.new`, path)
  const directory = openSync(dirname(path), 'r')
  try {
    fsyncSync(directory)
  } finally {
    closeSync(directory)
  }
}
