import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { namedDisks, type SimulatedDisk } from './simulated-disk.ts'
import { withFaults } from './simulated-faults.ts'
import { diskFiles } from './simulated-files.ts'
import { addDisk, type SimulatedHost, simulatedHost } from './simulated-host.ts'
import { formatMachine, readMachine, writeAtomically } from './simulated-machine-file.ts'
import { SimulatedState } from './simulated-state.ts'

export interface MachineOptions {
  nodeName: string
  /** The disks of a new machine. One that is on record keeps its size; one that is not yet there is added. */
  disks: readonly SimulatedDisk[]
  /** Where the machine outlives the process; in memory without it. */
  directory?: string | undefined
}

/**
 * A simulated machine whose disks, LVM and mounts are in `<directory>/machine.json` after each change, so that kill -9
 * of the agent leaves what real disks would hold. Faults of `<directory>/faults.json` strike it; with a file
 * `<directory>/reboot` it starts as after a reboot. Throws when machine.json is damaged.
 */
export function simulatedMachine(options: MachineOptions): SimulatedHost {
  const state = options.directory === undefined ? new SimulatedState() : load(resolve(options.directory))
  for (const [path, disk] of namedDisks(options.nodeName, options.disks))
    if (!state.devices.has(path)) addDisk(state, path, disk)
  state.save()
  const host = simulatedHost([], state)
  return options.directory === undefined ? host : withFaults(host, resolve(options.directory, 'faults.json'))
}

function load(directory: string): SimulatedState {
  mkdirSync(directory, { recursive: true })
  const path = join(directory, 'machine.json')
  const record = readMachine(path)
  let written = record && formatMachine(record)
  const state = new SimulatedState({
    files: diskFiles(directory),
    save(machine) {
      const text = formatMachine(machine)
      if (text === written) return
      writeAtomically(path, text)
      written = text
    },
  })
  if (record) state.restore(record)
  const marker = join(directory, 'reboot')
  if (existsSync(marker)) {
    reboot(state)
    rmSync(marker, { force: true })
  } else for (const path of mountPoints(state)) showAgain(state, path)
  return state
}

/** What a kernel forgets. The marker goes last, so that a reboot that is interrupted happens again. */
function reboot(state: SimulatedState): void {
  for (const path of mountPoints(state)) state.files.show(path, undefined)
  state.mounts.length = 0
  state.bootId = randomUUID()
  state.save()
}

/** The mount table is right; a kill may have come between it and the mount point. */
function showAgain(state: SimulatedState, path: string): void {
  const missing = state.files.kind(path) === undefined
  if (missing || state.files.refusal(path) === undefined) state.files.show(path, state.shownAt(path))
}

function mountPoints(state: SimulatedState): Set<string> {
  return new Set(state.mounts.map((m) => m.path))
}
