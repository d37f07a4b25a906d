import { randomUUID } from 'node:crypto'
import { CommandError } from './command-error.ts'
import type { Mount, Signature, VolumeGroup } from './host.ts'
import { type Kind, memoryFiles, type Shown, type SimulatedFiles } from './simulated-files.ts'
import type { MachineRecord } from './simulated-machine-file.ts'

/** What a block device of the simulation holds: no bytes, only what a probe or statfs would tell of them. */
export interface SimulatedDevice {
  deviceNumber: string
  sizeBytes: bigint
  readOnly: boolean
  rotational: boolean
  serial?: string | undefined
  wwn?: string | undefined
  model?: string | undefined
  transport?: string | undefined
  signature: Signature | undefined
  /** Something is written where zeros would be. */
  dirty: boolean
  usedBytes: bigint
  /** For a partition. */
  parent?: string | undefined
  startBytes?: bigint | undefined
}

/** The process of the agent was killed: nothing of it goes on. Not an error that code under test may handle. */
export class SimulatedDeath extends Error {
  override readonly name = 'SimulatedDeath'
}

interface Fault {
  command: string | RegExp
  act: { fail: string } | { hang: Promise<void> }
}

/** The memory of a simulated machine, and the faults that wait in it. Survives the agent, as disks do. */
export class SimulatedState {
  readonly devices = new Map<string, SimulatedDevice>()
  readonly groups = new Map<string, VolumeGroup>()
  /** Devices with an LVM label and no group. */
  readonly orphans = new Set<string>()
  readonly mounts: Mount[] = []
  /** Mount points of a machine in memory. */
  readonly targets = new Map<string, Kind>()
  readonly files: SimulatedFiles
  bootId: string = randomUUID()
  /** Every command in order, as it would have been typed. */
  readonly log: string[] = []
  readonly listeners = new Set<() => void>()
  readonly deviceListeners = new Set<(path?: string) => void>()
  #faults: Fault[] = []
  #deathAt: { step: number; when: 'before' | 'after' } | undefined
  #steps = 0
  #dead = false
  #lastMinor = 0
  readonly #save: (machine: MachineRecord) => void

  constructor(kept: { files?: SimulatedFiles; save?: (machine: MachineRecord) => void } = {}) {
    this.files = kept.files ?? memoryFiles(this.targets)
    this.#save = kept.save ?? (() => {})
  }

  /** Records the machine as it is now. */
  save(): void {
    this.#save({
      version: 1,
      bootId: this.bootId,
      lastMinor: this.#lastMinor,
      devices: Object.fromEntries(this.devices),
      groups: [...this.groups.values()],
      orphans: [...this.orphans],
      mounts: this.mounts,
    })
  }

  /** For a new state only. */
  restore(machine: MachineRecord): void {
    this.bootId = machine.bootId
    this.#lastMinor = machine.lastMinor
    for (const [path, device] of Object.entries(machine.devices))
      this.devices.set(path, { ...device, signature: device.signature })
    for (const group of machine.groups) this.groups.set(group.name, group)
    for (const path of machine.orphans) this.orphans.add(path)
    this.mounts.push(...machine.mounts)
  }

  /** What the youngest of these mounts lets be seen at the path. */
  shownAt(path: string, mounts: readonly Mount[] = this.mounts): Shown | undefined {
    const mount = mounts.findLast((m) => m.path === path)
    if (!mount) return undefined
    const raw = mount.fsType === 'devtmpfs'
    const found = [...this.devices].find(([at, d]) => (raw ? at === mount.root : d.deviceNumber === mount.deviceNumber))
    return found && { device: found[0], sizeBytes: found[1].sizeBytes, raw }
  }

  get steps(): number {
    return this.#steps
  }

  get dead(): boolean {
    return this.#dead
  }

  /** The next command that starts so (or matches) fails with these words on standard error. */
  failNext(command: string | RegExp, stderr: string): void {
    this.#faults.push({ command, act: { fail: stderr } })
  }

  /** The next such command waits until the returned function is called. */
  hangNext(command: string | RegExp): () => void {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#faults.push({ command, act: { hang: promise } })
    return resolve
  }

  /** kill -9 just before or just after the n-th step from now, counted from 1. */
  dieAt(step: number, when: 'before' | 'after'): void {
    this.#steps = 0
    this.#deathAt = { step, when }
  }

  /** The agent may start again. */
  revive(): void {
    this.#dead = false
    this.#deathAt = undefined
    this.#steps = 0
  }

  /** One thing that is done to the world: a command, or in tests a write to the API. */
  async step<Result>(command: string, effect: () => Result | Promise<Result>): Promise<Result> {
    this.alive()
    this.#steps += 1
    const death = this.#deathAt?.step === this.#steps ? this.#deathAt.when : undefined
    if (death === 'before') this.#die()
    this.log.push(command)
    const index = this.#faults.findIndex((f) => isSo(f.command, command))
    const fault = index >= 0 ? this.#faults.splice(index, 1)[0] : undefined
    if (fault && 'hang' in fault.act) await fault.act.hang
    if (fault && 'fail' in fault.act) throw failed(command, fault.act.fail)
    // A command takes time, so that calls of the same moment do meet.
    await new Promise((resolve) => setImmediate(resolve))
    this.alive()
    const result = await effect()
    this.save()
    if (death === 'after') this.#die()
    return result
  }

  alive(): void {
    if (this.#dead) throw new SimulatedDeath('killed')
  }

  lvmChanged(): void {
    for (const listener of this.listeners) listener()
  }

  nextDeviceNumber(major: number): string {
    this.#lastMinor += 1
    return `${major}:${this.#lastMinor}`
  }

  #die(): never {
    this.#dead = true
    throw new SimulatedDeath('killed')
  }
}

function isSo(pattern: string | RegExp, command: string): boolean {
  return typeof pattern === 'string' ? command.startsWith(pattern) : pattern.test(command)
}

export function failed(command: string, stderr: string, exitCode = 5): CommandError {
  return new CommandError({ argv: command.split(' '), exitCode, signal: undefined, stderr, timedOut: false })
}
