import * as z from 'zod/mini'
import type { LogicalVolume, LvmReport, PhysicalVolume, VolumeGroup } from './host.ts'
import { bigintFrom } from './number.ts'

/** LVM prints every number as a string. */
const text = z.string()
const vg = z.object({
  vg_name: text,
  vg_uuid: text,
  vg_seqno: text,
  vg_size: text,
  vg_free: text,
  vg_extent_size: text,
  vg_mda_size: text,
  vg_mda_free: text,
})
const pv = z.object({
  pv_name: text,
  pv_uuid: text,
  pv_size: text,
  pv_free: text,
  pe_start: text,
  pv_missing: text,
  vg_name: text,
})
const lv = z.object({ lv_uuid: text, lv_name: text, lv_size: text, lv_tags: text, lv_attr: text })
const pvseg = z.object({ pvseg_start: text, pvseg_size: text, pv_uuid: text, lv_uuid: text })
const list = <T extends z.core.$ZodType>(item: T) => z.optional(z.array(item))
const schema = z.object({
  report: z.array(z.object({ vg: list(vg), pv: list(pv), lv: list(lv), pvseg: list(pvseg) })),
})

type Row = { vg: typeof vg; pv: typeof pv; lv: typeof lv; pvseg: typeof pvseg }

/** The same fields that the schema reads, so that one cannot be asked without the other. */
const fields = (Object.entries({ vg, pv, lv, pvseg } satisfies Row) as [string, z.ZodMiniObject][]).flatMap(
  ([report, object]) => ['--configreport', report, '-o', Object.keys(object.shape).join(',')],
)

/** One command reads everything; `-a` shows LVM's own hidden volumes, whose extents are taken too. */
export const reportArguments = [
  'fullreport',
  '--reportformat',
  'json',
  '--units',
  'b',
  '--nosuffix',
  '-a',
  ...fields,
  '--configreport',
  'seg',
  '-o',
  'lv_uuid',
]

/** `lvm fullreport --reportformat json …`: one entry per VolumeGroup, then one of devices without a group. */
export function parseReport(output: string): LvmReport {
  const { report } = schema.parse(JSON.parse(output))
  const volumeGroups: VolumeGroup[] = []
  const orphanDevices: string[] = []
  for (const entry of report) {
    const group = entry.vg?.[0]
    if (!group) {
      orphanDevices.push(...(entry.pv ?? []).map((row) => row.pv_name))
      continue
    }
    const extentSizeBytes = BigInt(group.vg_extent_size)
    const deviceByUuid = new Map((entry.pv ?? []).map((row) => [row.pv_uuid, row.pv_name]))
    const volumes = new Map((entry.lv ?? []).map((row) => [row.lv_uuid, logicalVolumeOf(row)]))
    for (const run of entry.pvseg ?? []) {
      const device = deviceByUuid.get(run.pv_uuid)
      if (device === undefined) continue
      volumes.get(run.lv_uuid)?.extents.push({ device, start: Number(run.pvseg_start), count: Number(run.pvseg_size) })
    }
    volumeGroups.push({
      name: group.vg_name,
      uuid: group.vg_uuid,
      sequence: Number(group.vg_seqno),
      extentSizeBytes,
      sizeBytes: BigInt(group.vg_size),
      freeBytes: BigInt(group.vg_free),
      metadataSizeBytes: bigintFrom(group.vg_mda_size),
      metadataFreeBytes: bigintFrom(group.vg_mda_free),
      physicalVolumes: (entry.pv ?? []).map(physicalVolumeOf).sort(by((p) => p.device)),
      logicalVolumes: [...volumes.values()].map(withSortedExtents).sort(by((l) => l.name)),
    })
  }
  return { volumeGroups: volumeGroups.sort(by((g) => g.name)), orphanDevices: orphanDevices.sort() }
}

function physicalVolumeOf(row: z.infer<typeof pv>): PhysicalVolume {
  return {
    device: row.pv_name,
    uuid: row.pv_uuid,
    sizeBytes: BigInt(row.pv_size),
    freeBytes: BigInt(row.pv_free),
    dataStartBytes: bigintFrom(row.pe_start) ?? 0n,
    missing: row.pv_missing !== '',
  }
}

/** Hidden volumes stand in brackets: `[snapshot0]`. In lv_attr the second character is the permission. */
function logicalVolumeOf(row: z.infer<typeof lv>): LogicalVolume {
  const hidden = row.lv_name.startsWith('[')
  return {
    name: hidden ? row.lv_name.slice(1, -1) : row.lv_name,
    uuid: row.lv_uuid,
    sizeBytes: BigInt(row.lv_size),
    tags: row.lv_tags === '' ? [] : row.lv_tags.split(',').sort(),
    readOnly: row.lv_attr[1] === 'r' || row.lv_attr[1] === 'R',
    hidden,
    extents: [],
  }
}

/** LVM lists them in different orders in different places. */
export function withSortedExtents(volume: LogicalVolume): LogicalVolume {
  const extents = volume.extents.sort((a, b) =>
    a.device === b.device ? a.start - b.start : a.device < b.device ? -1 : 1,
  )
  return { ...volume, extents }
}

export function by<T>(key: (item: T) => string): (a: T, b: T) => number {
  return (a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0)
}
