import type { VolumeRow } from '@open-local/shared/api'

/** What the search of volumes looks into: the same fields as the server's `q`. */
export function volumeSearchText(volume: VolumeRow): string {
  return [volume.key, volume.node, volume.pool, volume.volumeId, ...volume.pods].filter(Boolean).join(' ')
}
