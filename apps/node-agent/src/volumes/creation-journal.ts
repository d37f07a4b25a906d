import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Notes which try is making a logical volume, from before LVM starts until the volume is whole. A volume that carries
 * the tag of a noted try was cut short: nobody was ever given it, so it may be thrown away and made anew. Without the
 * note nothing would tell a half-made volume, whose old signatures may still stand, from one that holds data.
 */
export interface CreationJournal {
  /** The note is on the disk when this returns; replaces an earlier one. */
  begin(volume: string, attempt: string): Promise<void>
  find(volume: string): Promise<string | undefined>
  /** Safe to repeat. */
  end(volume: string): Promise<void>
}

/** One small file for each volume that is being made. */
export function fileJournal(directory: string): CreationJournal {
  const pathOf = (volume: string) => join(directory, encodeURIComponent(volume))
  return {
    async begin(volume, attempt) {
      await mkdir(directory, { recursive: true, mode: 0o700 })
      const path = pathOf(volume)
      const file = await open(`${path}.new`, 'w', 0o600)
      try {
        await file.writeFile(attempt)
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(`${path}.new`, path)
      await syncDirectory(directory)
    },
    async find(volume) {
      return readFile(pathOf(volume), 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined
        throw error
      })
    },
    async end(volume) {
      await rm(pathOf(volume), { force: true })
    },
  }
}

export function memoryJournal(): CreationJournal {
  const notes = new Map<string, string>()
  return {
    async begin(volume, attempt) {
      notes.set(volume, attempt)
    },
    async find(volume) {
      return notes.get(volume)
    },
    async end(volume) {
      notes.delete(volume)
    },
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}
