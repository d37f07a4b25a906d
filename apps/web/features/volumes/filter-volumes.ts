import type { VolumeRow } from '@open-local/shared/api'

interface Filters {
  namespace: string | null
  node: string | null
  phase: string | null
  health: string | null
}

/** The rows that pass every filter that is set; the same as the server's filters do beyond 2,000 volumes. */
export function filterVolumes(volumes: VolumeRow[], { namespace, node, phase, health }: Filters): VolumeRow[] {
  if (!namespace && !node && !phase && !health) return volumes
  return volumes.filter(
    (volume) =>
      (!namespace || volume.namespace === namespace) &&
      (!node || volume.node === node) &&
      (!phase || volume.phase === phase) &&
      (!health || volume.health === health),
  )
}
