import { createHash, randomBytes } from 'node:crypto'
import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { type HeldName, holdName } from './held-name.ts'
import { cacheRoot } from './home-directory.ts'

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
  /** Its files must go on belonging to root. */
  rootOnly?: boolean
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
  if (await mkdir(root, { recursive: true })) await giveToOwner(root, root)
  if (await exists(path)) {
    // An ordinary user may read a cache that root has filled, but not touch it.
    await utimes(path, new Date(), new Date()).catch(() => {})
    return path
  }
  const held = await hold(`cache/${cacheKey(path)}`)
  try {
    if (await exists(path)) return path
    // With the name held, a temporary folder of this entry is one whose builder was killed.
    for (const name of await readdir(root))
      if (name.startsWith(`${basename(path)}.tmp-`)) await rm(join(root, name), { recursive: true, force: true })
    const temporary = `${path}.tmp-${randomBytes(4).toString('hex')}`
    try {
      await mkdir(temporary)
      await entry.build(temporary)
      if (!entry.rootOnly) await giveToOwner(root, temporary)
      await rename(temporary, path)
    } finally {
      await rm(temporary, { recursive: true, force: true })
    }
    await prune(entry)
    return path
  } finally {
    held.release()
  }
}

/** Whether this entry is there already, so that a caller can say beforehand how long it will take. */
export async function isCached(entry: { kind: string; key: string }): Promise<boolean> {
  return exists(entryPath(entry))
}

function entryPath(entry: { kind: string; key: string }): string {
  return join(cacheRoot(), `${entry.kind}-${entry.key}`)
}

/** Removes older entries of the same kind. */
async function prune(entry: CacheEntry): Promise<void> {
  const root = cacheRoot()
  const used: { path: string; usedAt: number }[] = []
  for (const name of await readdir(root)) {
    if (!new RegExp(`^${entry.kind}-[0-9a-f]{16}$`).test(name)) continue
    const path = join(root, name)
    used.push({ path, usedAt: path === entryPath(entry) ? Number.POSITIVE_INFINITY : (await stat(path)).mtimeMs })
  }
  used.sort((a, b) => b.usedAt - a.usedAt)
  // What root has left may stay when an ordinary user cannot remove it.
  for (const { path } of used.slice(entry.keep ?? 1)) await rm(path, { recursive: true, force: true }).catch(() => {})
}

/** Waits until no other process has this name, and takes it. */
async function hold(name: string): Promise<HeldName> {
  for (;;) {
    const held = await holdName(name)
    if (held) return held
    await sleep(500)
  }
}

/** Root fills a person's cache for them, as `sudo` does with OPEN_LOCAL_CACHE: they go on by themselves. */
async function giveToOwner(root: string, path: string): Promise<void> {
  if (process.getuid?.() !== 0) return
  const { uid, gid } = await stat(dirname(root))
  if (uid !== 0) await execa('chown', ['-R', '-h', `${uid}:${gid}`, path])
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
