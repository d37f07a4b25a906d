import type { Host } from '../host/host.ts'

export interface VolumeUses {
  staged: boolean
  mounts: { path: string; readOnly: boolean }[]
}

/** The kubelet's one mount per volume, which pods' mounts are bound from. */
const STAGING = '/plugins/kubernetes.io/csi/'

/**
 * Where a device is mounted, or bound as a device node, right now: read from the kernel, so it is true after any crash.
 * No process.
 */
export async function findUses(host: Host, devicePath: string): Promise<VolumeUses> {
  const device = await host.devices.find(devicePath)
  const uses: VolumeUses = { staged: false, mounts: [] }
  if (!device) return uses
  for (const mount of await host.mounts.list()) {
    const isFileSystem = mount.deviceNumber === device.deviceNumber
    if (!isFileSystem && !(await isNodeOf(host, mount, device.deviceNumber))) continue
    if (isFileSystem && mount.path.includes(STAGING)) uses.staged = true
    else uses.mounts.push({ path: mount.path, readOnly: mount.readOnly })
  }
  uses.mounts.sort((a, b) => (a.path < b.path ? -1 : 1))
  return uses
}

/** A device node bound onto a file: a mount of one entry of /dev. Others are not looked at, for a look may hang. */
async function isNodeOf(
  host: Host,
  mount: { fsType: string; root: string; path: string },
  deviceNumber: string,
): Promise<boolean> {
  if (mount.root === '/' || (mount.fsType !== 'devtmpfs' && mount.fsType !== 'tmpfs')) return false
  const found = await host.mounts.find(mount.path)
  return found?.kind === 'device' && found.deviceNumber === deviceNumber
}
