import { dirname } from 'node:path'
import { messageOf } from '@open-local/shared'
import type { BlockDevice, Host, Signature } from '../host/host.ts'
import type { LvmPicture } from '../host/lvm-picture.ts'
import { useOf } from './device-info.ts'
import type { HostSnapshot } from './snapshot.ts'

export interface SnapshotOptions {
  host: Host
  picture: LvmPicture
  /** Whether a kernel name is a disk to report. */
  isDisk: (kernelName: string) => boolean
  /** Mounts directly below it are reported. */
  mountDirectory: string
}

/** Signatures cost a process each: a device is probed again only when it changed, or when `forget` was called. */
export class ProbeCache {
  readonly #found = new Map<string, { key: string; signature: Signature | undefined }>()

  forget(path?: string): void {
    if (path === undefined) this.#found.clear()
    else this.#found.delete(path)
  }

  async probe(host: Host, device: BlockDevice): Promise<Signature | undefined> {
    const key = `${device.sizeBytes} ${device.serial ?? ''} ${device.wwn ?? ''}`
    const known = this.#found.get(device.path)
    if (known?.key === key) return known.signature
    const signature = await host.devices.probe(device.path)
    this.#found.set(device.path, { key, signature })
    return signature
  }
}

/** Everything that can be read of the machine; what can't is named among the problems and leaves the rest alone. */
export async function takeSnapshot(options: SnapshotOptions, probes: ProbeCache): Promise<HostSnapshot> {
  const { host, picture, isDisk, mountDirectory } = options
  const problems: string[] = []
  const attempt = async <Result>(what: string, read: () => Promise<Result>, fallback: Result): Promise<Result> => {
    try {
      return await read()
    } catch (error) {
      problems.push(`${what}: ${messageOf(error)}`)
      return fallback
    }
  }
  const devices = await attempt('devices', () => host.devices.list(isDisk), [])
  const mounts = await attempt('mounts', () => host.mounts.list(), [])
  const snapshot: HostSnapshot = {
    devices,
    signatures: new Map(),
    volumeGroups: picture.groups,
    orphanDevices: picture.orphanDevices,
    mountPoints: [],
    problems,
  }
  const signatures = new Map<string, Signature>()
  for (const device of devices) {
    if (useOf(device, snapshot).use !== 'Free') continue
    const signature = await attempt(device.path, () => probes.probe(host, device), undefined)
    if (signature) signatures.set(device.path, signature)
  }
  const points = new Map(mounts.filter((m) => dirname(m.path) === mountDirectory).map((m) => [m.path, m]))
  for (const mount of points.values()) {
    const usage = await attempt(mount.path, () => host.fileSystems.usage(mount.path), undefined)
    if (usage) snapshot.mountPoints.push({ ...mount, usage })
  }
  snapshot.mountPoints.sort((a, b) => (a.path < b.path ? -1 : 1))
  return { ...snapshot, signatures }
}
