import type { Cluster } from './cluster.ts'
import type { LogicalVolume, Machine, PodFiles } from './machine.ts'
import type { VmNode } from './vm-node.ts'

const BLOCK = 512

/** A virtual machine, asked through LVM, blkid and findmnt. */
export class VmMachine implements Machine {
  readonly node: VmNode
  readonly #cluster: Cluster

  constructor(cluster: Cluster, node: VmNode) {
    this.#cluster = cluster
    this.node = node
  }

  get name(): string {
    return this.node.name
  }

  get running(): boolean {
    return this.node.running
  }

  async logicalVolumes(): Promise<LogicalVolume[]> {
    const rows = await this.#report<'lv_name' | 'vg_name' | 'lv_size' | 'lv_tags'>(
      'lv',
      'lvs',
      'lv_name,vg_name,lv_size,lv_tags',
    )
    return rows.map((lv) => ({
      node: this.name,
      name: lv.lv_name,
      vg: lv.vg_name,
      sizeBytes: BigInt(lv.lv_size),
      tags: lv.lv_tags.split(','),
    }))
  }

  async freeBytes(): Promise<Record<string, bigint>> {
    const rows = await this.#report<'vg_name' | 'vg_free'>('vg', 'vgs', 'vg_name,vg_free')
    return Object.fromEntries(rows.map((vg) => [vg.vg_name, BigInt(vg.vg_free)]))
  }

  async physicalVolumes(vg: string): Promise<string[]> {
    const { stdout } = await this.node.exec(`pvs --noheadings -o pv_name -S vg_name=${vg}`)
    return stdout.trim().split(/\s+/)
  }

  async fileSystem(device: string): Promise<string | undefined> {
    const { stdout } = await this.node.exec(`blkid -p -o value -s TYPE ${device}`, { reject: false })
    return stdout.trim() || undefined
  }

  async mountTargets(device: string): Promise<string[]> {
    const { stdout } = await this.node.exec(`findmnt -rno TARGET -S "$(readlink -f ${device})"`, { reject: false })
    return stdout.split('\n').filter(Boolean)
  }

  async read(device: string, offset: number, bytes: number): Promise<string> {
    const skip = offset / BLOCK
    return (
      await this.node.exec(
        `dd if=${device} bs=${BLOCK} skip=${skip} count=1 iflag=direct 2>/dev/null | head -c ${bytes}`,
      )
    ).stdout
  }

  async reboot(): Promise<void> {
    await this.node.reboot()
    await this.#cluster.nodeReady(this.node)
  }

  async story(): Promise<string> {
    if (!this.running) return `${this.name} is off`
    const { stdout, stderr } = await this.node.exec('vgs; lvs -a -o +lv_tags; findmnt -rn | grep kubelet', {
      reject: false,
    })
    return `$ on ${this.name}: vgs; lvs; findmnt\n${stdout}${stderr}`
  }

  async #report<Column extends string>(
    what: string,
    command: string,
    columns: string,
  ): Promise<Record<Column, string>[]> {
    const { stdout } = await this.node.exec(`${command} --reportformat json --units b --nosuffix -o ${columns}`)
    const { report } = JSON.parse(stdout) as { report: Record<string, Record<Column, string>[]>[] }
    return report.flatMap((part) => part[what] ?? [])
  }
}

/** By kubectl exec, in the pod's first container. */
export function podFiles(cluster: Cluster, namespace: string, pod: string): PodFiles {
  const sh = async (script: string): Promise<string> =>
    (await cluster.kubectl(['-n', namespace, 'exec', pod, '--', 'sh', '-c', script])).stdout
  return {
    write: async (path, text) => void (await sh(`echo '${text}' > ${path} && sync`)),
    read: (path) => sh(`cat ${path}`),
    writeAt: async (device, offset, text) =>
      void (await sh(
        `echo '${text}' | dd of=${device} bs=${BLOCK} seek=${offset / BLOCK} conv=sync 2>/dev/null && sync`,
      )),
    readAt: (device, offset, bytes) =>
      sh(`dd if=${device} bs=${BLOCK} skip=${offset / BLOCK} count=1 2>/dev/null | head -c ${bytes}`),
  }
}
