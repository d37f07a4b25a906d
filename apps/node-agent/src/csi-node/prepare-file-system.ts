import { OpenLocalError, supportedFsTypes } from '@open-local/shared'
import type { Host } from '../host/host.ts'

/**
 * Ensures that the device carries a file system of the type, making it only where the device is blank: once in a
 * volume's life. FAILED_PRECONDITION, naming both, when something else is on it; nothing is ever overwritten.
 */
export async function prepareFileSystem(host: Host, devicePath: string, fsType: string): Promise<void> {
  requireSupported(fsType)
  const found = await host.devices.probe(devicePath)
  if (!found) return host.fileSystems.make(fsType, devicePath)
  if (found.type !== fsType)
    throw new OpenLocalError(
      'FAILED_PRECONDITION',
      `${devicePath} carries ${found.type} and ${fsType} is asked for; use a class with fsType ${found.type}, or wipe the volume by hand`,
    )
  await host.fileSystems.check(fsType, devicePath)
}

function requireSupported(fsType: string): void {
  if (!(supportedFsTypes as readonly string[]).includes(fsType))
    throw new OpenLocalError(
      'INVALID_ARGUMENT',
      `File system ${fsType} is not offered; use one of ${supportedFsTypes.join(', ')}`,
    )
}
