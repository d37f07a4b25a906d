import type { LogicalVolume, Machine } from '../../harness/machine.ts'
import type { System } from '../../harness/system.ts'

export async function allLogicalVolumes(system: System): Promise<LogicalVolume[]> {
  return (await Promise.all(system.machines.map((machine) => machine.logicalVolumes()))).flat()
}

/** Free bytes by node and VolumeGroup. */
export async function freeBytes(system: System): Promise<Record<string, bigint>> {
  const rows = await Promise.all(
    system.machines.map(async (machine) =>
      Object.entries(await machine.freeBytes()).map(([vg, free]) => [`${machine.name}/${vg}`, free] as const),
    ),
  )
  return Object.fromEntries(rows.flat())
}

export function machineOf(system: System, name: string | undefined): Machine {
  const machine = system.machines.find((one) => one.name === name)
  if (!machine) throw new Error(`there is no node ${name}`)
  return machine
}
