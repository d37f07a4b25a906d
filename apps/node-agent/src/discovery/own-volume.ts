import { ownVolumePrefixes } from '@open-local/shared'
import type { LogicalVolume } from '../host/host.ts'
import { isOwnTagged } from '../volumes/tags.ts'

/** Ours by its tag, or by its name where the original made it; anything else in a VolumeGroup is foreign. */
export function isOwnVolume({ name, tags }: Pick<LogicalVolume, 'name' | 'tags'>): boolean {
  return isOwnTagged(tags) || ownVolumePrefixes.some((prefix) => name.startsWith(prefix))
}
