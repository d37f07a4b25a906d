import { formatBytes, type NodeLocalVolume } from '@open-local/shared'
import type { VolumeContext } from './create-logical-volume.ts'
import { failedWith, type Outcome } from './outcome.ts'

/** Ensures that a whole device may serve as the volume: there, large enough, and blank when it is first given out. */
export async function claimDevice({ host }: VolumeContext, volume: NodeLocalVolume): Promise<Outcome> {
  const { pool, sizeBytes, nodeName } = volume.spec
  if (!/^\/dev\/[A-Za-z0-9_./-]+$/.test(pool) || pool.includes('..'))
    return failedWith('Invalid', `spec.pool: "${pool}" is not a device path`)
  const device = await host.devices.find(pool)
  const wasReady = volume.status?.devicePath !== undefined
  if (!device) return failedWith(wasReady ? 'VolumeMissing' : 'PoolMissing', `Node ${nodeName} has no device ${pool}`)
  const ready: Outcome = { kind: 'ready', devicePath: pool, sizeBytes: device.sizeBytes }
  if (wasReady) return ready
  if (device.sizeBytes < BigInt(sizeBytes))
    return failedWith(
      'InsufficientSpace',
      `${formatBytes(BigInt(sizeBytes))} were asked for, and ${pool} on node ${nodeName} has ${formatBytes(device.sizeBytes)}`,
    )
  if (device.readOnly) return failedWith('Conflict', `${pool} on node ${nodeName} is read-only`)
  if (!(await host.devices.isIdle(pool)))
    return failedWith('Conflict', `${pool} on node ${nodeName} is in use by something else`)
  const signature = await host.devices.probe(pool)
  if (signature)
    return failedWith(
      'DeviceNotBlank',
      `${pool} on node ${nodeName} carries ${signature.type}; wipe it (wipefs -a ${pool}) if nothing on it is needed`,
    )
  return ready
}
