import { OpenLocalError } from '@open-local/shared'
import type { BlockDevice, BlockDevices, FileSystems, Host, Mount, Mounts } from './host.ts'
import { by } from './lvm-report.ts'
import { simulatedLvm } from './simulated-lvm.ts'
import { failed, type SimulatedDevice, SimulatedState } from './simulated-state.ts'

export interface SimulatedHost extends Host {
  readonly state: SimulatedState
}

/**
 * A machine in memory with blank disks `/dev/sda`, `/dev/sdb`, … Serves laptops, demos and every test of the agent: it
 * keeps the kernel's and LVM's rules as far as the agent can see them, logs each command, and fails when told to.
 */
export function simulatedHost(diskSizes: readonly bigint[] = [], state = new SimulatedState()): SimulatedHost {
  diskSizes.forEach((sizeBytes, index) => {
    addDisk(state, `/dev/sd${String.fromCharCode(97 + index)}`, { sizeBytes, serial: `SIM-${index + 1}` })
  })
  return {
    state,
    lvm: simulatedLvm(state),
    devices: devicesOf(state),
    fileSystems: fileSystemsOf(state),
    mounts: mountsOf(state),
    watchLvm(onChange) {
      state.listeners.add(onChange)
      return () => state.listeners.delete(onChange)
    },
    watchDevices(onEvent) {
      state.deviceListeners.add(onEvent)
      return () => state.deviceListeners.delete(onEvent)
    },
  }
}

export function addDisk(
  state: SimulatedState,
  path: string,
  disk: Partial<SimulatedDevice> & { sizeBytes: bigint },
): SimulatedDevice {
  const deviceNumber = state.nextDeviceNumber(8)
  const blank = { signature: undefined, dirty: false, usedBytes: 0n, readOnly: false, rotational: false }
  const device = { ...blank, deviceNumber, ...disk }
  state.devices.set(path, device)
  for (const listener of state.deviceListeners) listener(path)
  return device
}

function devicesOf(state: SimulatedState): BlockDevices {
  const get = (path: string): SimulatedDevice => {
    const device = state.devices.get(path)
    if (!device) throw new OpenLocalError('NOT_FOUND', `${path} is not there`)
    return device
  }
  const isDisk = (path: string) => path.lastIndexOf('/') === 4
  return {
    async list(accepts) {
      state.alive()
      return [...state.devices]
        .filter(([path, device]) => isDisk(path) && accepts((device.parent ?? path).slice(5)))
        .map(([path, device]) => blockDeviceOf(state, path, device))
        .sort(by((d) => d.path))
    },
    async fingerprint() {
      state.alive()
      return [...state.devices]
        .filter(([path]) => isDisk(path))
        .map(([path, d]) => `${path} ${d.sizeBytes}`)
        .join('\n')
    },
    async find(path) {
      state.alive()
      const node = state.mounts.findLast((m) => m.path === path && m.fsType === 'devtmpfs')
      const device = state.devices.get(node?.root ?? path)
      return (
        device && { path, deviceNumber: device.deviceNumber, sizeBytes: device.sizeBytes, readOnly: device.readOnly }
      )
    },
    probe: (path) => state.step(`blkid -p -o export ${path}`, () => structuredClone(get(path).signature)),
    async isIdle(path) {
      state.alive()
      const { deviceNumber } = get(path)
      const held = [...state.groups.values()].some((g) =>
        g.logicalVolumes.some((v) => v.extents.some((e) => e.device === path)),
      )
      return !held && !state.mounts.some((m) => m.deviceNumber === deviceNumber)
    },
    async hasZeroEnds(path) {
      state.alive()
      const { dirty, signature } = get(path)
      return !dirty && signature === undefined && state.files.hasZeroEnds(path)
    },
    async flush(path) {
      await state.step(`fsync ${path}`, () => void get(path))
    },
    async zero(path) {
      await state.step(`blkdiscard --zeroout ${path}`, () => blank(state, path, get(path)))
    },
    async discard(path) {
      await state.step(`blkdiscard ${path}`, () => blank(state, path, get(path)))
    },
    async wipeSignatures(path) {
      await state.step(`wipefs --all --quiet ${path}`, () => {
        get(path).signature = undefined
      })
    },
  }
}

function blockDeviceOf(state: SimulatedState, path: string, device: SimulatedDevice): BlockDevice {
  const group = [...state.groups.values()].find((g) => g.physicalVolumes.some((p) => p.device === path))
  const onIt = group?.logicalVolumes.filter((v) => v.extents.some((e) => e.device === path)) ?? []
  return {
    path,
    sizeBytes: device.sizeBytes,
    readOnly: device.readOnly,
    rotational: device.rotational,
    serial: device.serial,
    wwn: device.wwn,
    model: device.model ?? 'Simulated disk',
    transport: device.transport ?? 'simulated',
    parent: device.parent,
    startBytes: device.startBytes,
    holders: onIt.map((v) => `dm-${v.name}`),
    partitions: [...state.devices].filter(([, d]) => d.parent === path).map(([p]) => p),
    usedBy: state.mounts.filter((m) => m.deviceNumber === device.deviceNumber).map((m) => m.path),
  }
}

function blank(state: SimulatedState, path: string, device: SimulatedDevice): void {
  state.files.blank(path)
  Object.assign(device, { signature: undefined, dirty: false, usedBytes: 0n })
}

function fileSystemsOf(state: SimulatedState): FileSystems {
  return {
    async make(fsType, path) {
      const options = fsType === 'xfs' ? '' : '-F -m0 '
      const command = `mkfs.${fsType} ${options}${path}`
      await state.step(command, () => {
        const device = state.devices.get(path)
        if (!device) throw failed(command, `${path}: No such file or directory`, 1)
        state.files.format(path)
        device.signature = { type: fsType, usage: 'filesystem' }
        device.dirty = true
      })
    },
    async check(fsType, path) {
      if (fsType.startsWith('ext')) await state.step(`fsck.${fsType} -p ${path}`, () => {})
    },
    async usage(path) {
      state.alive()
      const mount = state.mounts
        .filter((m) => path === m.path || path.startsWith(`${m.path}/`))
        .sort((a, b) => b.path.length - a.path.length)[0]
      const [at, device] = [...state.devices].find(([, d]) => d.deviceNumber === mount?.deviceNumber) ?? []
      if (!device && state.files.kind(path) === undefined)
        throw new OpenLocalError('NOT_FOUND', `${path}: no such directory`)
      const totalBytes = device ? (device.sizeBytes * 98n) / 100n : 0n
      const used = at === undefined ? { bytes: 0n, inodes: 0n } : await state.files.used(at)
      const usedBytes = least(totalBytes, (device?.usedBytes ?? 0n) + used.bytes)
      const totalInodes = totalBytes / 16384n
      const usedInodes = least(totalInodes, used.inodes)
      const inodes = { totalInodes, usedInodes, freeInodes: totalInodes - usedInodes }
      return { totalBytes, usedBytes, availableBytes: totalBytes - usedBytes, ...inodes }
    },
  }
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}

function mountsOf(state: SimulatedState): Mounts {
  const add = (mount: Omit<Mount, 'readOnly'>): void => {
    state.mounts.push({ ...mount, readOnly: mount.options.includes('ro') })
    // The table first: what it says is shown again after a kill.
    state.save()
    state.files.show(mount.path, state.shownAt(mount.path))
  }
  const check = (command: string, path: string): void => {
    const refusal = state.files.refusal(path)
    if (refusal) throw failed(command, `mount: ${path}: ${refusal}`, 32)
  }
  return {
    async list() {
      state.alive()
      return structuredClone(state.mounts)
    },
    async mount(device, path, fsType, options) {
      const command = `mount -t ${fsType} ${options.length > 0 ? `-o ${options.join(',')} ` : ''}${device} ${path}`
      await state.step(command, () => {
        const found = state.devices.get(device)
        if (!found) throw failed(command, `mount: ${path}: special device ${device} does not exist.`, 32)
        if (found.signature?.type !== fsType)
          throw failed(command, `mount: ${path}: wrong fs type, bad superblock.`, 32)
        check(command, path)
        add({ path, deviceNumber: found.deviceNumber, source: device, fsType, root: '/', options })
      })
    },
    async bind(source, path, options) {
      const command = `mount --bind ${options.length > 0 ? `-o ${options.join(',')} ` : ''}${source} ${path}`
      await state.step(command, () => {
        check(command, path)
        const mount = state.mounts.find((m) => m.path === source)
        const device = state.devices.get(source)
        if (mount) add({ ...mount, path, options: [...mount.options, ...options] })
        else if (device)
          add({ path, deviceNumber: '0:5', source: 'devtmpfs', fsType: 'devtmpfs', root: source, options })
        else throw failed(command, `mount: ${path}: special device ${source} does not exist.`, 32)
      })
    },
    async unmount(path) {
      await state.step(`umount ${path}`, () => {
        const index = state.mounts.findLastIndex((m) => m.path === path)
        if (index < 0) return
        // The table last, for the same reason.
        state.files.show(path, state.shownAt(path, state.mounts.toSpliced(index, 1)))
        state.mounts.splice(index, 1)
      })
    },
    async prepare(path, kind) {
      await state.step(`${kind === 'file' ? 'touch' : 'mkdir -p'} ${path}`, () => {
        state.files.prepare(path, kind)
      })
    },
    async remove(path) {
      await state.step(`rm ${path}`, () => {
        if (state.mounts.some((m) => m.path === path)) throw failed(`rm ${path}`, `${path}: Device or resource busy`, 1)
        state.files.remove(path)
      })
    },
    async find(path) {
      state.alive()
      const kind = state.files.kind(path)
      if (kind === undefined) return undefined
      const mount = state.mounts.findLast((m) => m.path === path && m.fsType === 'devtmpfs')
      const device = mount && state.devices.get(mount.root)
      return device ? { kind: 'device', deviceNumber: device.deviceNumber } : { kind }
    },
  }
}
