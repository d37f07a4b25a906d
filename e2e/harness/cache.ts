import { createHash, randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** Where everything that takes long to make is kept, outside the checkout. It may be deleted at any time. */
export function cacheRoot(): string {
  return process.env.OPEN_LOCAL_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'open-local')
}

/** A short name for exactly these inputs: the same inputs, in the same order, give the same key. */
export function cacheKey(...inputs: (string | Uint8Array)[]): string {
  const hash = createHash('sha256')
  for (const input of inputs) hash.update(`${input.length}:`).update(input)
  return hash.digest('hex').slice(0, 16)
}

export interface CacheEntry {
  /** What it is, e.g. `kubernetes`; only entries of one kind replace each other. */
  kind: string
  key: string
  /** Fills the empty folder `dir`. It is shown to others only when this has returned. */
  build(dir: string): Promise<void>
  /** How many entries of this kind to keep, the newest use first. */
  keep?: number
}

/**
 * The folder of this entry, built when it is not there.
 * A build happens under a temporary name and is renamed, so a half-made entry is never seen; two processes that want
 * the same entry build it once.
 */
export async function ensureCached(entry: CacheEntry): Promise<string> {
  const root = cacheRoot()
  const path = entryPath(entry)
  await mkdir(root, { recursive: true, mode: 0o700 })
  if (await exists(path)) {
    // An ordinary user may read a cache that root has filled, but not touch it.
    await utimes(path, new Date(), new Date()).catch(() => {})
    return path
  }
  const unlock = await lock(`${path}.lock`)
  try {
    if (await exists(path)) return path
    const temporary = `${path}.tmp-${randomBytes(4).toString('hex')}`
    try {
      await mkdir(temporary)
      await entry.build(temporary)
      await rename(temporary, path)
    } finally {
      await rm(temporary, { recursive: true, force: true })
    }
    await prune(entry)
    return path
  } finally {
    await unlock()
  }
}

/** Whether this entry is there already, so that a caller can say beforehand how long it will take. */
export async function isCached(entry: { kind: string; key: string }): Promise<boolean> {
  return exists(entryPath(entry))
}

function entryPath(entry: { kind: string; key: string }): string {
  return join(cacheRoot(), `${entry.kind}-${entry.key}`)
}

/** Removes older entries of the same kind, and what an interrupted build of it has left. */
async function prune(entry: CacheEntry): Promise<void> {
  const root = cacheRoot()
  const used: { path: string; usedAt: number }[] = []
  for (const name of await readdir(root)) {
    if (!new RegExp(`^${entry.kind}-[0-9a-f]{16}(\\.tmp-[0-9a-f]+)?$`).test(name)) continue
    const path = join(root, name)
    const { mtimeMs } = await stat(path)
    const abandoned = name.includes('.tmp-') && Date.now() - mtimeMs > 6 * 3_600_000
    if (abandoned) await rm(path, { recursive: true, force: true })
    else if (!name.includes('.tmp-')) used.push({ path, usedAt: path === entryPath(entry) ? Infinity : mtimeMs })
  }
  used.sort((a, b) => b.usedAt - a.usedAt)
  for (const { path } of used.slice(entry.keep ?? 1)) await rm(path, { recursive: true, force: true })
}

/** Waits for the lock file and takes it over from a process that is gone. Returns what gives it back. */
async function lock(path: string): Promise<() => Promise<void>> {
  for (;;) {
    try {
      await writeFile(path, `${process.pid} ${await startedAt(process.pid)}`, { flag: 'wx' })
      return () => rm(path, { force: true })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const [pid, started] = (await readFile(path, 'utf8').catch(() => '')).split(' ')
    const holder = pid ? await startedAt(Number(pid)) : undefined
    if (pid && holder !== started) await rm(path, { force: true })
    else await sleep(500)
  }
}

/** Start time of a process in clock ticks, which with its pid names it for good; undefined when there is none. */
async function startedAt(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
