import { statfs } from 'node:fs/promises'
import { OpenLocalError } from '@open-local/shared'
import { CommandError } from './command-error.ts'
import type { FileSystems } from './host.ts'
import type { Run } from './run.ts'

const HOUR_MS = 3_600_000

/** File systems by their own tools; their usage by statfs. */
export function linuxFileSystems(run: Run): FileSystems {
  return {
    /**
     * `mkfs.ext4 -F -m0 <device>` (ext3 alike), `mkfs.xfs <device>`
     * -F only lets it take a device without asking; xfs without -f refuses whatever carries a signature.
     */
    async make(fsType, device) {
      const options = fsType === 'xfs' ? [] : ['-F', '-m0']
      await run(`mkfs.${fsType}`, [...options, device], { timeoutMs: HOUR_MS })
    },

    /** `fsck.ext4 -p <device>`: 0 clean, 1 repaired; anything else needs a person. */
    async check(fsType, device) {
      if (!fsType.startsWith('ext')) return
      try {
        await run(`fsck.${fsType}`, ['-p', device], { timeoutMs: HOUR_MS })
      } catch (error) {
        if (error instanceof CommandError && error.exitCode === 1) return
        throw error
      }
    },

    async usage(path) {
      const info = await statfs(path, { bigint: true }).catch((cause: NodeJS.ErrnoException) => {
        const code = cause.code === 'ENOENT' ? 'NOT_FOUND' : 'INTERNAL'
        throw new OpenLocalError(code, `${path}: ${cause.message}`, { cause })
      })
      return {
        totalBytes: info.blocks * info.bsize,
        availableBytes: info.bavail * info.bsize,
        usedBytes: (info.blocks - info.bfree) * info.bsize,
        totalInodes: info.files,
        freeInodes: info.ffree,
        usedInodes: info.files - info.ffree,
      }
    },
  }
}
