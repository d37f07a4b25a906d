import { createHash } from 'node:crypto'
import type { Extents, Lvm, NewLogicalVolume, VolumeGroup } from './host.ts'
import { volumePath } from './host.ts'
import { by } from './lvm-report.ts'
import { failed, type SimulatedState } from './simulated-state.ts'

const EXTENT_BYTES = 4n * 1024n * 1024n
const MIB = 1024n * 1024n

/** LVM in memory: first-fit extents, striping, LVM's own words when it refuses. */
export function simulatedLvm(state: SimulatedState): Lvm {
  const group = (name: string, command: string): VolumeGroup => {
    const found = state.groups.get(name)
    if (!found) throw failed(command, `Volume group "${name}" not found`).as('NOT_FOUND')
    return found
  }
  return {
    async report() {
      return state.step('lvm fullreport', () => ({
        volumeGroups: structuredClone([...state.groups.values()].sort(by((g) => g.name))),
        orphanDevices: [...state.orphans].sort(),
      }))
    },

    async readBackup(name, known) {
      state.alive()
      const group = state.groups.get(name)
      return group && known && group.sequence <= known.sequence ? undefined : structuredClone(group)
    },

    async createLogicalVolume(volume) {
      const command = `lvcreate -n ${volume.name} -L ${volume.sizeBytes}b ${volume.volumeGroup}`
      await state.step(command, () => {
        const target = group(volume.volumeGroup, command)
        if (target.logicalVolumes.some((v) => v.name === volume.name))
          throw failed(command, `Logical Volume "${volume.name}" already exists`).as('ALREADY_EXISTS')
        addVolume(state, target, volume, command)
      })
    },

    async removeLogicalVolume(volumeGroup, name) {
      const command = `lvremove -f ${volumeGroup}/${name}`
      await state.step(command, () => {
        const target = group(volumeGroup, command)
        const path = volumePath(volumeGroup, name)
        const index = target.logicalVolumes.findIndex((v) => v.name === name)
        if (index < 0) throw failed(command, `Failed to find logical volume "${volumeGroup}/${name}"`).as('NOT_FOUND')
        const device = state.devices.get(path)
        if (state.mounts.some((m) => m.deviceNumber === device?.deviceNumber))
          throw failed(command, `Logical volume ${volumeGroup}/${name} contains a filesystem in use.`).as(
            'FAILED_PRECONDITION',
          )
        const [gone] = target.logicalVolumes.splice(index, 1)
        for (const run of gone!.extents) changeFree(target, run, 1n)
        state.devices.delete(path)
        changed(state, target)
        state.save()
        state.files.forget(path)
      })
    },

    async activate(volumeGroup) {
      const command = `vgchange --activate y ${volumeGroup}`
      await state.step(command, () => {
        for (const volume of group(volumeGroup, command).logicalVolumes)
          makeNode(state, volumeGroup, volume.name, volume.sizeBytes)
      })
    },

    async createVolumeGroup({ name, devices, metadataSizeBytes }) {
      const command = `vgcreate --metadatasize ${metadataSizeBytes}b ${name} ${devices.join(' ')}`
      await state.step(command, () => {
        if (state.groups.has(name))
          throw failed(command, `A volume group called ${name} already exists.`).as('ALREADY_EXISTS')
        for (const path of devices) {
          const device = state.devices.get(path)
          if (!device) throw failed(command, `No device found for ${path}.`)
          if (device.signature && !state.orphans.has(path))
            throw failed(
              command,
              `WARNING: ${device.signature.type} signature detected on ${path}. [n] Aborted wiping.`,
            )
        }
        state.groups.set(name, newGroup(state, name, devices, metadataSizeBytes))
        for (const path of devices) {
          state.orphans.delete(path)
          Object.assign(state.devices.get(path)!, { signature: { type: 'LVM2_member', usage: 'raid' }, dirty: true })
        }
        state.lvmChanged()
      })
    },
  }
}

function newGroup(state: SimulatedState, name: string, devices: string[], metadataSizeBytes: bigint): VolumeGroup {
  const physicalVolumes = devices.map((device) => {
    const dataStartBytes = metadataSizeBytes + MIB
    const sizeBytes = ((state.devices.get(device)!.sizeBytes - dataStartBytes) / EXTENT_BYTES) * EXTENT_BYTES
    const uuid = uuidOf(`pv-${device}`)
    return { device, uuid, sizeBytes, freeBytes: sizeBytes, dataStartBytes, missing: false }
  })
  const sizeBytes = physicalVolumes.reduce((sum, p) => sum + p.sizeBytes, 0n)
  return {
    name,
    uuid: uuidOf(`vg-${name}`),
    sequence: 1,
    extentSizeBytes: EXTENT_BYTES,
    sizeBytes,
    freeBytes: sizeBytes,
    metadataSizeBytes,
    metadataFreeBytes: metadataSizeBytes / 2n,
    physicalVolumes,
    logicalVolumes: [],
  }
}

function addVolume(state: SimulatedState, group: VolumeGroup, volume: NewLogicalVolume, command: string): void {
  const stripe = BigInt(volume.stripes) * group.extentSizeBytes
  const sizeBytes = ((volume.sizeBytes + stripe - 1n) / stripe) * stripe
  const extents = allocate(group, Number(sizeBytes / group.extentSizeBytes), volume.stripes)
  if (!extents)
    throw failed(
      command,
      `Volume group "${group.name}" has insufficient free space (${group.freeBytes / group.extentSizeBytes} extents): ${sizeBytes / group.extentSizeBytes} required.`,
    ).as('RESOURCE_EXHAUSTED')
  for (const run of extents) changeFree(group, run, -1n)
  const uuid = uuidOf(`lv-${group.name}-${volume.name}-${group.sequence}`)
  const tags = [...volume.tags].sort()
  group.logicalVolumes.push({ name: volume.name, uuid, sizeBytes, tags, readOnly: false, hidden: false, extents })
  group.logicalVolumes.sort(by((v) => v.name))
  // Left by a kill in the midst of a removal.
  state.files.forget(volumePath(group.name, volume.name))
  makeNode(state, group.name, volume.name, sizeBytes)
  changed(state, group)
}

/** The first free extents, as many on each of `stripes` physical volumes; undefined when they don't fit. */
function allocate(group: VolumeGroup, count: number, stripes: number): Extents[] | undefined {
  const found: Extents[] = []
  let used = 0
  for (const { device, sizeBytes, missing } of group.physicalVolumes) {
    if (missing) continue
    let wanted = stripes > 1 ? count / stripes : count - used
    if (wanted === 0 || (stripes > 1 && used === count)) break
    const runs: Extents[] = []
    const taken = group.logicalVolumes.flatMap((v) => v.extents).filter((e) => e.device === device)
    const end = Number(sizeBytes / group.extentSizeBytes)
    let at = 0
    for (const next of [...taken.sort((a, b) => a.start - b.start), { start: end, count: 0 }]) {
      const length = Math.min(wanted, next.start - at)
      if (length > 0) runs.push({ device, start: at, count: length })
      wanted -= Math.max(0, length)
      at = next.start + next.count
    }
    if (stripes > 1 && wanted > 0) continue
    found.push(...runs)
    used = found.reduce((sum, e) => sum + e.count, 0)
  }
  return used === count ? found : undefined
}

function changeFree(group: VolumeGroup, run: Extents, sign: bigint): void {
  const bytes = sign * BigInt(run.count) * group.extentSizeBytes
  group.freeBytes += bytes
  const physical = group.physicalVolumes.find((p) => p.device === run.device)
  if (physical) physical.freeBytes += bytes
}

function makeNode(state: SimulatedState, group: string, name: string, sizeBytes: bigint): void {
  const path = volumePath(group, name)
  if (state.devices.has(path)) return
  const deviceNumber = state.nextDeviceNumber(253)
  const blank = { signature: undefined, dirty: false, usedBytes: 0n }
  state.devices.set(path, { deviceNumber, sizeBytes, readOnly: false, rotational: false, ...blank })
}

function changed(state: SimulatedState, group: VolumeGroup): void {
  group.sequence += 1
  state.lvmChanged()
}

/** In LVM's own form, and the same for the same text. */
function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex')
  return hex.replace(/^(.{6})(.{4})(.{4})(.{4})(.{4})(.{4})(.{6}).*$/, '$1-$2-$3-$4-$5-$6-$7')
}
