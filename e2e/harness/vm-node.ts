import { createHash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { DiskKind, DiskSpec } from './disk.ts'
import type { ExecOptions, ExecResult } from './guest-shell.ts'
import { parseSize } from './size.ts'
import type { Forward, Vm } from './vm.ts'
import { cloneVm, type VmTemplate } from './vm-template.ts'

export interface DiskRequest {
  /** Stays the same over restarts; by default disk1, disk2, …  The serial is NODE-NAME. */
  name?: string
  size: string
  kind?: DiskKind
}

export interface VmNodeOptions {
  name: string
  /** Folder for the node's disks, log and secret. */
  dir: string
  template: VmTemplate
  address: string
  forwards?: Forward[]
  disks: (string | DiskRequest)[]
  /** Runs each time the machine has come up with its disks. */
  onBoot?(node: VmNode): Promise<void>
}

/** A machine with disks that outlive it: it can be killed and started again, and finds them as it left them. */
export class VmNode {
  readonly name: string
  readonly address: string
  readonly #options: VmNodeOptions
  readonly #disks = new Map<string, DiskSpec>()
  #vm: Vm | undefined

  constructor(options: VmNodeOptions) {
    this.name = options.name
    this.address = options.address
    this.#options = options
    for (const disk of options.disks) this.#register(disk)
  }

  /** The running machine. Throws when it is off. */
  get vm(): Vm {
    if (!this.#vm?.process.running) throw new Error(`node ${this.name} is off`)
    return this.#vm
  }

  get running(): boolean {
    return this.#vm?.process.running ?? false
  }

  /** Serial numbers of the disks, in the order of plugging. */
  get diskSerials(): string[] {
    return [...this.#disks.keys()]
  }

  /** Turns the machine on. Blank RAM, same disks. Resolves when its shell answers and `onBoot` has run. */
  async start(): Promise<void> {
    if (this.running) throw new Error(`node ${this.name} is on already`)
    await mkdir(join(this.#options.dir, 'disks'), { recursive: true, mode: 0o700 })
    const vm = await cloneVm(this.#options.template, {
      name: this.name,
      dir: this.#options.dir,
      address: this.address,
      shellPort: 7000,
      forwards: this.#options.forwards ?? [],
      machineId: createHash('md5').update(this.#options.dir).digest('hex'),
    })
    this.#vm = vm
    for (const disk of this.#disks.values()) await vm.addDisk(disk)
    await this.#options.onBoot?.(this)
  }

  /** Runs a bash script as root. Throws on a non-zero exit code unless `reject` is false. */
  exec(script: string, options?: ExecOptions): Promise<ExecResult> {
    return this.vm.exec(script, options)
  }

  /** Plugs in a further disk, which is blank when its name is new. Returns its serial. */
  async addDisk(disk: string | DiskRequest): Promise<string> {
    const spec = this.#register(disk)
    if (this.running) await this.vm.addDisk(spec)
    return spec.serial
  }

  /** Pulls a disk out; `addDisk` with its name brings it back with what is on it. */
  async removeDisk(serial: string): Promise<void> {
    if (this.running) await this.vm.removeDisk(serial)
    this.#disks.delete(serial)
  }

  async resizeDisk(serial: string, size: string): Promise<void> {
    const spec = this.#disks.get(serial)
    if (!spec) throw new Error(`node ${this.name} has no disk ${serial}`)
    spec.sizeBytes = parseSize(size)
    await this.vm.resizeDisk(serial, spec.sizeBytes)
  }

  /** Path of a disk in the node, e.g. `/dev/sda`. */
  devicePath(serial: string): Promise<string> {
    return this.vm.devicePath(serial)
  }

  /** Pulls the plug. */
  async kill(): Promise<void> {
    await this.#vm?.kill()
  }

  /** Pulls the plug and turns the machine on again: nothing is left of what ran or lay in RAM. */
  async reboot(): Promise<void> {
    await this.kill()
    await this.start()
  }

  /** Writes everything to the disks and turns the machine off. */
  async powerOff(): Promise<void> {
    await this.#vm?.powerOff()
  }

  #register(request: string | DiskRequest): DiskSpec {
    const disk = typeof request === 'string' ? { size: request } : request
    const name = disk.name ?? `disk${this.#disks.size + 1}`
    const serial = `${this.name}-${name}`
    if (this.#disks.has(serial)) throw new Error(`node ${this.name} has a disk ${serial} already`)
    const path = join(this.#options.dir, 'disks', `${name}.raw`)
    const spec: DiskSpec = { path, serial, sizeBytes: parseSize(disk.size), ...(disk.kind ? { kind: disk.kind } : {}) }
    this.#disks.set(serial, spec)
    return spec
  }
}
