import { InvalidFieldError } from './errors.ts'
import { parameters } from './names.ts'
import { parseQuantity } from './quantity.ts'
import type { MediaType } from './resources/node-local-storage.ts'
import type { VolumeType, WipePolicy } from './resources/node-local-volume.ts'

/** StorageClass parameters as the product understands them. */
export interface ClassParameters {
  volumeType: VolumeType
  mediaType?: MediaType
  /** Pins the VolumeGroup; LVM only. */
  vgName?: string
  layout: 'linear' | 'striping'
  limits?: { iops?: bigint; bps?: bigint }
  wipePolicy: WipePolicy
  fsType?: string
}

export const supportedFsTypes = ['ext4', 'ext3', 'xfs'] as const

const known = new Set<string>(Object.values(parameters))

/**
 * Reads and checks StorageClass parameters. Unknown keys of other owners (`csi.storage.k8s.io/…`) pass; any other
 * unknown key, and every bad value, throws InvalidFieldError naming the key, its value and what it may be.
 */
export function parseClassParameters(raw: Record<string, string> | undefined): ClassParameters {
  const given = raw ?? {}
  for (const key of Object.keys(given)) {
    if (!known.has(key) && !key.startsWith('csi.storage.k8s.io/')) {
      throw new InvalidFieldError(
        `parameters.${key}`,
        `is not a parameter of this driver; remove it, or use one of ${classKeys}`,
      )
    }
  }
  const volumeType = oneOf('volumeType', given[parameters.volumeType], ['LVM', 'Device', 'MountPoint'] as const)
  if (!volumeType)
    throw new InvalidFieldError('parameters.volumeType', 'is missing; set it to LVM, Device or MountPoint')
  for (const key of ['spdk', 'direct'] as const) {
    if (given[key] && given[key] !== 'false') {
      throw new InvalidFieldError(`parameters.${key}`, `"${given[key]}" is not supported; remove it`)
    }
  }
  const vgName = given[parameters.vgName] || undefined
  if (vgName && volumeType !== 'LVM')
    throw new InvalidFieldError('parameters.vgName', `only goes with volumeType LVM, not ${volumeType}`)
  if (vgName && !isVolumeGroupName(vgName)) {
    throw new InvalidFieldError(
      'parameters.vgName',
      `"${vgName}" is not a VolumeGroup name; use letters, digits and + _ . -, not starting with -`,
    )
  }
  const iops = limit(given[parameters.iops], (text) => {
    if (!/^[1-9]\d{0,17}$/.test(text))
      throw new InvalidFieldError('parameters.iops', `"${text}" is not a whole number above 0`)
    return BigInt(text)
  })
  const bps = limit(given[parameters.bps], (text) => {
    const bytes = parseQuantity(text, 'parameters.bps')
    if (bytes <= 0n)
      throw new InvalidFieldError('parameters.bps', `"${text}" must be above 0; write bytes per second like 10Mi`)
    return bytes
  })
  return {
    volumeType,
    mediaType: oneOf('mediaType', given[parameters.mediaType], ['ssd', 'hdd'] as const),
    vgName,
    layout: oneOf('lvmType', given[parameters.lvmType], ['linear', 'striping'] as const) ?? 'linear',
    limits: iops !== undefined || bps !== undefined ? { iops, bps } : undefined,
    wipePolicy:
      oneOf(parameters.wipePolicy, given[parameters.wipePolicy], ['none', 'discard', 'zero'] as const) ?? 'zero',
    fsType: oneOf(parameters.fsType, given[parameters.fsType], supportedFsTypes),
  }
}

const classKeys = [
  parameters.volumeType,
  parameters.mediaType,
  parameters.vgName,
  parameters.lvmType,
  parameters.iops,
  parameters.bps,
  parameters.wipePolicy,
  parameters.fsType,
].join(', ')

/** lvm(8): letters, digits and `+_.-`, no leading hyphen, not `.` or `..`, at most 127. */
export function isVolumeGroupName(name: string): boolean {
  return name.length <= 127 && name !== '.' && name !== '..' && /^[A-Za-z0-9_+.][A-Za-z0-9_+.-]*$/.test(name)
}

function oneOf<const T extends string>(key: string, value: string | undefined, allowed: readonly T[]): T | undefined {
  if (value === undefined || value === '') return undefined
  if (allowed.includes(value as T)) return value as T
  throw new InvalidFieldError(`parameters.${key}`, `"${value}" is not one of ${allowed.join(', ')} (case matters)`)
}

function limit(value: string | undefined, parse: (text: string) => bigint): bigint | undefined {
  return value === undefined || value === '' ? undefined : parse(value)
}
