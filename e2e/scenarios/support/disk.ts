import type { System } from '../../harness/system.ts'
import type { VmNode } from '../../harness/vm-node.ts'

/** What LVM itself says in a node, not what we say of it. */
export interface LogicalVolume {
  node: string
  name: string
  vg: string
  sizeBytes: bigint
  tags: string[]
}

export async function logicalVolumes(node: VmNode): Promise<LogicalVolume[]> {
  const { stdout } = await node.exec('lvs --reportformat json --units b --nosuffix -o lv_name,vg_name,lv_size,lv_tags')
  const report = JSON.parse(stdout) as {
    report: { lv: Record<'lv_name' | 'vg_name' | 'lv_size' | 'lv_tags', string>[] }[]
  }
  return report.report.flatMap((part) =>
    part.lv.map((lv) => ({
      node: node.name,
      name: lv.lv_name,
      vg: lv.vg_name,
      sizeBytes: BigInt(lv.lv_size),
      tags: lv.lv_tags.split(','),
    })),
  )
}

export async function allLogicalVolumes(system: System): Promise<LogicalVolume[]> {
  return (await Promise.all(system.cluster.nodes.map(logicalVolumes))).flat()
}

/** Free bytes by node and VolumeGroup, from `vgs`. */
export async function freeBytes(system: System): Promise<Record<string, bigint>> {
  const rows = await Promise.all(
    system.cluster.nodes.map(async (node) => {
      const { stdout } = await node.exec('vgs --reportformat json --units b --nosuffix -o vg_name,vg_free')
      const report = JSON.parse(stdout) as { report: { vg: { vg_name: string; vg_free: string }[] }[] }
      return report.report.flatMap((part) =>
        part.vg.map((vg) => [`${node.name}/${vg.vg_name}`, BigInt(vg.vg_free)] as const),
      )
    }),
  )
  return Object.fromEntries(rows.flat())
}

export function nodeOf(system: System, name: string | undefined): VmNode {
  const node = system.cluster.nodes.find((n) => n.name === name)
  if (!node) throw new Error(`there is no node ${name}`)
  return node
}
