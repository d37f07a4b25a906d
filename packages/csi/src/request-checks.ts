import { isAbsolute } from 'node:path'
import { InvalidFieldError } from '@open-local/shared'

/** CSI specification, "Size Limits": names and ids stay within 128 bytes. */
const longestIdBytes = 128

/** The field's text. INVALID_ARGUMENT, naming the field and what belongs there, when it is empty. */
export function requireText(field: string, value: string, fix: string): string {
  if (value === '') throw new InvalidFieldError(field, `is empty; send ${fix}`)
  return value
}

/** The volume's id. INVALID_ARGUMENT when empty, too long, or no single path element, which no id of ours is. */
export function requireVolumeId(value: string): string {
  return requireId('volume_id', value, 'the id that CreateVolume answered')
}

export function requireSnapshotId(value: string): string {
  return requireId('snapshot_id', value, 'the id that CreateSnapshot answered')
}

/** The name that a caller chose for a volume or a snapshot; the same limits as for ids, which are made from it. */
export function requireName(value: string): string {
  return requireId('name', value, 'a name that is the same each time the call is repeated')
}

/** An absolute path without `..`. INVALID_ARGUMENT, naming the field, for anything else. */
export function requireAbsolutePath(field: string, value: string): string {
  requireText(field, value, 'an absolute path')
  if (!isAbsolute(value) || value.includes('\0') || value.split('/').includes('..')) {
    throw new InvalidFieldError(field, `${JSON.stringify(value)} is not a plain absolute path; send one without ".."`)
  }
  return value
}

function requireId(field: string, value: string, fix: string): string {
  requireText(field, value, fix)
  if (Buffer.byteLength(value) > longestIdBytes) {
    throw new InvalidFieldError(
      field,
      `has ${Buffer.byteLength(value)} bytes; send ${fix}, of ${longestIdBytes} at most`,
    )
  }
  if (value.includes('/') || value.includes('\0') || value === '.' || value === '..') {
    throw new InvalidFieldError(field, `${JSON.stringify(value)} is not one plain path element; send ${fix}`)
  }
  return value
}
