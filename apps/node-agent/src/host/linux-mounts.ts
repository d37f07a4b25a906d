import { mkdir, open, readFile, rm, rmdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { CommandError } from './command-error.ts'
import type { Mounts } from './host.ts'
import { deviceNumberOf } from './linux-devices.ts'
import { parseMountTable } from './mount-table.ts'
import type { Run } from './run.ts'

/** Mounts by mount(8) and the kernel's own table. */
export function linuxMounts(run: Run, proc = '/proc'): Mounts {
  const optionArguments = (options: string[]) => (options.length > 0 ? ['-o', options.join(',')] : [])
  return {
    async list() {
      return parseMountTable(await readFile(join(proc, 'self/mountinfo'), 'utf8'))
    },

    /** `mount -t <type> [-o …] <device> <path>` */
    async mount(device, path, fsType, options) {
      await run('mount', ['-t', fsType, ...optionArguments(options), device, path])
    },

    /** `mount --bind [-o …] <source> <path>`; mount(8) makes it read-only in the second step that this needs. */
    async bind(source, path, options) {
      await run('mount', ['--bind', ...optionArguments(options), source, path])
    },

    /** `umount <path>` */
    async unmount(path) {
      await run('umount', [path]).catch((error) => {
        if (!(error instanceof CommandError && /not mounted|no mount point|not found|No such file/.test(error.stderr)))
          throw error instanceof CommandError && /busy/.test(error.stderr) ? error.as('FAILED_PRECONDITION') : error
      })
    },

    async prepare(path, kind) {
      await mkdir(kind === 'directory' ? path : dirname(path), { recursive: true, mode: 0o750 })
      if (kind === 'file') await (await open(path, 'a', 0o660)).close()
    },

    async remove(path) {
      const info = await stat(path).catch(() => undefined)
      if (!info) return
      if (info.isDirectory()) await rmdir(path)
      else await rm(path)
    },

    async find(path) {
      const info = await stat(path, { bigint: true }).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
        throw error
      })
      if (!info) return undefined
      if (info.isBlockDevice()) return { kind: 'device', deviceNumber: deviceNumberOf(info.rdev) }
      return { kind: info.isDirectory() ? 'directory' : 'file' }
    },
  }
}
