import type { Disk, PoolRow } from '@open-local/shared/api'

export interface DiskGroup {
  /** Null: disks that belong to no pool. */
  pool: PoolRow | null
  disks: Disk[]
}

/** Disks under the pool they are part of, in the pools' order; those of no pool last. Pools without a disk are left out. */
export function groupDisks(pools: readonly PoolRow[], disks: readonly Disk[]): DiskGroup[] {
  const poolOf = (disk: Disk) =>
    pools.find((pool) => pool.key === disk.pool || pool.name === disk.pool || pool.devices.includes(disk.name)) ?? null
  const groups = new Map<PoolRow | null, Disk[]>(pools.map((pool) => [pool, []]))
  for (const disk of disks) {
    const pool = poolOf(disk)
    groups.set(pool, [...(groups.get(pool) ?? []), disk])
  }
  return [...groups].filter(([, members]) => members.length > 0).map(([pool, members]) => ({ pool, disks: members }))
}
