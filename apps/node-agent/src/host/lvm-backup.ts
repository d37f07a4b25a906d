import type { Extents, LogicalVolume, PhysicalVolume, VolumeGroup } from './host.ts'
import { by, withSortedExtents } from './lvm-report.ts'

const SECTOR = 512n

type Value = string | number | Value[]
interface Section {
  [key: string]: Value | Section
}

/**
 * LVM's text metadata (`/etc/lvm/backup/<vg>`) as a VolumeGroup: nested sections, `key = value`, strings, integers and
 * lists. `known` supplies what the text only hints at or lacks: where each physical volume is now, and the size of the
 * metadata areas. Throws on anything that is not such a text or names a physical volume that `known` has not.
 * Source: lvm2 format_text.
 */
export function parseBackup(text: string, name: string, known: VolumeGroup | undefined): VolumeGroup {
  const group = section(parse(text), name)
  const extentSizeBytes = BigInt(integer(group, 'extent_size')) * SECTOR
  const volumesInText = Object.entries((group.logical_volumes ?? {}) as Section) as [string, Section][]
  const devices = new Map<string, string>()
  const physical = Object.entries(section(group, 'physical_volumes')).map(([key, value]) => {
    const entry = value as Section
    const uuid = string(entry, 'id')
    const now = known?.physicalVolumes.find((p) => p.uuid === uuid)
    if (known && !now) throw new Error(`physical volume ${uuid} of ${name} is new`)
    const device = now?.device ?? string(entry, 'device')
    devices.set(key, device)
    const extents = BigInt(integer(entry, 'pe_count'))
    return {
      device,
      uuid,
      extents,
      dataStartBytes: BigInt(integer(entry, 'pe_start')) * SECTOR,
      missing: now?.missing ?? false,
    }
  })
  const logicalVolumes = volumesInText.map(([key, entry]) => logicalVolumeOf(key, entry, devices, extentSizeBytes))
  const taken = new Map<string, bigint>()
  for (const run of logicalVolumes.flatMap((v) => v.extents))
    taken.set(run.device, (taken.get(run.device) ?? 0n) + BigInt(run.count))
  const physicalVolumes: PhysicalVolume[] = physical.map(({ extents, ...rest }) => ({
    ...rest,
    sizeBytes: extents * extentSizeBytes,
    freeBytes: (extents - (taken.get(rest.device) ?? 0n)) * extentSizeBytes,
  }))
  return {
    name,
    uuid: string(group, 'id'),
    sequence: integer(group, 'seqno'),
    extentSizeBytes,
    sizeBytes: physicalVolumes.reduce((sum, p) => sum + p.sizeBytes, 0n),
    freeBytes: physicalVolumes.reduce((sum, p) => sum + p.freeBytes, 0n),
    metadataSizeBytes: known?.metadataSizeBytes,
    metadataFreeBytes: known?.metadataFreeBytes,
    physicalVolumes: physicalVolumes.sort(by((p) => p.device)),
    logicalVolumes: logicalVolumes.map(withSortedExtents).sort(by((v) => v.name)),
  }
}

function logicalVolumeOf(
  name: string,
  entry: Section,
  devices: Map<string, string>,
  extentSizeBytes: bigint,
): LogicalVolume {
  const status = strings(entry.status)
  const segments = Object.entries(entry).filter(([key]) => /^segment\d+$/.test(key)) as [string, Section][]
  const length = segments.reduce((sum, [, s]) => sum + integer(s, 'extent_count'), 0)
  const extents: Extents[] = segments.flatMap(([, s]) => extentsOf(s, devices))
  return {
    name,
    uuid: string(entry, 'id'),
    sizeBytes: BigInt(length) * extentSizeBytes,
    tags: strings(entry.tags).sort(),
    readOnly: !status.includes('WRITE'),
    // A snapshot's store is invisible in the text under a name that users do see, and the reverse for `snapshot0`.
    hidden:
      segments.some(([, s]) => s.type === 'snapshot') ||
      /_(rimage|rmeta|tdata|tmeta|mimage|mlog|cdata|cmeta|pmspare)(_\d+)?$|^lvol\d+_pmspare$/.test(name),
    extents,
  }
}

/** Only striped segments (linear among them) lie on physical volumes; all others are made of logical volumes. */
function extentsOf(segment: Section, devices: Map<string, string>): Extents[] {
  if (segment.type !== 'striped') return []
  const stripes = segment.stripes as Value[]
  const count = integer(segment, 'extent_count') / integer(segment, 'stripe_count')
  const runs: Extents[] = []
  for (let i = 0; i + 1 < stripes.length; i += 2) {
    const device = devices.get(String(stripes[i]))
    // A stripe may also lie on another logical volume, which has its own entry.
    if (device !== undefined) runs.push({ device, start: Number(stripes[i + 1]), count })
  }
  return runs
}

function section(parent: Section, key: string): Section {
  const value = parent[key]
  if (typeof value !== 'object' || Array.isArray(value)) throw new Error(`LVM metadata has no section ${key}`)
  return value
}

function integer(parent: Section, key: string): number {
  const value = parent[key]
  if (typeof value !== 'number') throw new Error(`LVM metadata has no number ${key}`)
  return value
}

function string(parent: Section, key: string): string {
  const value = parent[key]
  if (typeof value !== 'string') throw new Error(`LVM metadata has no text ${key}`)
  return value
}

function strings(value: Value | Section | undefined): string[] {
  return Array.isArray(value) ? value.map(String) : []
}

function parse(text: string): Section {
  const tokens = text.matchAll(/#[^\n]*|"((?:[^"\\]|\\.)*)"|-?\d+(?=[\s,\]}]|$)|[A-Za-z0-9_+./-]+|[{}[\]=,]/g)
  const items: { kind: 'word' | 'string' | 'number' | 'mark'; text: string }[] = []
  for (const token of tokens) {
    const [all, quoted] = token
    if (all.startsWith('#')) continue
    if (quoted !== undefined) items.push({ kind: 'string', text: quoted.replace(/\\(.)/g, '$1') })
    else if (/^[{}[\]=,]$/.test(all)) items.push({ kind: 'mark', text: all })
    else items.push({ kind: /^-?\d+$/.test(all) ? 'number' : 'word', text: all })
  }
  let at = 0
  const next = () => {
    const item = items[at++]
    if (!item) throw new Error('LVM metadata ends in the middle')
    return item
  }
  const value = (): Value => {
    const item = next()
    if (item.kind === 'number') return Number(item.text)
    if (item.kind !== 'mark') return item.text
    if (item.text !== '[') throw new Error(`LVM metadata has "${item.text}" in place of a value`)
    const list: Value[] = []
    while (items[at]?.text !== ']' || items[at]?.kind !== 'mark') {
      if (items[at]?.kind === 'mark' && items[at]?.text === ',') at++
      else list.push(value())
    }
    at++
    return list
  }
  const body = (end: boolean): Section => {
    // Names come from the disk: one called `__proto__` must stay a name.
    const result: Section = Object.create(null)
    while (at < items.length) {
      const key = next()
      if (end && key.kind === 'mark' && key.text === '}') return result
      const mark = next()
      if (mark.text === '=') result[key.text] = value()
      else if (mark.text === '{') result[key.text] = body(true)
      else throw new Error(`LVM metadata has "${mark.text}" after ${key.text}`)
    }
    if (end) throw new Error('LVM metadata ends in the middle')
    return result
  }
  return body(false)
}
