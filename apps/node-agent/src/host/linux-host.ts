import { type FSWatcher, mkdirSync, watch } from 'node:fs'
import { watchKernelEvents } from './device-events.ts'
import type { Host } from './host.ts'
import { linuxDevices } from './linux-devices.ts'
import { linuxFileSystems } from './linux-file-systems.ts'
import { BACKUP_DIRECTORY, linuxLvm } from './linux-lvm.ts'
import { linuxMounts } from './linux-mounts.ts'
import type { Run } from './run.ts'

/** This machine. Needs root, LVM's tools, blkid, mkfs and mount. */
export function linuxHost(run: Run): Host {
  return {
    lvm: linuxLvm(run),
    devices: linuxDevices(run),
    fileSystems: linuxFileSystems(run),
    mounts: linuxMounts(run),
    watchLvm(onChange) {
      let watcher: FSWatcher | undefined
      try {
        mkdirSync(BACKUP_DIRECTORY, { recursive: true, mode: 0o700 })
        watcher = watch(BACKUP_DIRECTORY, () => onChange())
        watcher.on('error', () => watcher?.close())
      } catch {
        // Then the poll finds the changes, a little later.
      }
      return () => watcher?.close()
    },
    watchDevices: (onEvent) => watchKernelEvents(onEvent),
  }
}
