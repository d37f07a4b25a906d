import { createHash, randomBytes } from 'node:crypto'
import { chmod, mkdir, readdir, realpath, rm } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { holdName } from './held-name.ts'

/** A folder that only this process works in. */
export interface WorkDir {
  path: string
  /** Lets others use it; a temporary folder is removed. */
  release(): Promise<void>
}

/** Takes a folder that is kept. Throws when another process works in it. */
export async function keptWorkDir(dir: string): Promise<WorkDir> {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  // Keys and tokens lie in it.
  await chmod(dir, 0o700)
  const path = await realpath(dir)
  const hold = await holdName(holdOf(path))
  if (!hold)
    throw new Error(`Another process already runs a cluster in ${path}; stop it, or name another folder by --data.`)
  return { path, release: async () => void hold.release() }
}

/** Makes a temporary folder. What earlier processes left because they were killed is removed on the way. */
export async function temporaryWorkDir(below = tmpdir()): Promise<WorkDir> {
  const parent = join(below, `open-local-${userInfo().uid}`)
  await mkdir(parent, { recursive: true, mode: 0o700 })
  for (const name of await readdir(parent)) {
    const path = join(parent, name)
    const hold = await holdName(holdOf(path))
    if (!hold) continue
    await rm(path, { recursive: true, force: true })
    hold.release()
  }
  const path = join(parent, randomBytes(6).toString('hex'))
  const hold = await holdName(holdOf(path))
  if (!hold) throw new Error(`cannot hold ${path}`)
  await mkdir(path, { mode: 0o700 })
  return {
    path,
    release: async () => {
      await rm(path, { recursive: true, force: true })
      hold.release()
    },
  }
}

function holdOf(path: string): string {
  return `dir/${createHash('sha256').update(path).digest('hex').slice(0, 32)}`
}
