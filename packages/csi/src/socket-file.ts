import { randomBytes } from 'node:crypto'
import { chmod, lstat, mkdir, rename, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'
import { OpenLocalError } from '@open-local/shared'

/** unix(7): sun_path holds 108 bytes, the last of them zero. */
const longestPathBytes = 107

export type SocketFile = {
  /** Removes the file, unless someone else's took its place meanwhile. Safe to repeat. */
  release(): Promise<void>
}

/**
 * Puts a listening socket at `path` with `mode`, making its directory and taking the place of a stale socket.
 * `bind` gets another path in the same directory; the socket moves to its own when it listens and has its mode, so
 * whoever sees it there can use it and nobody else could before.
 * FAILED_PRECONDITION, with nothing removed, when something that is not a socket is there or somebody listens on it.
 * Two processes that start at the same moment are not kept apart: the later one holds the path.
 */
export async function claimSocket(
  path: string,
  mode: number,
  bind: (path: string) => Promise<void>,
): Promise<SocketFile> {
  if (Buffer.byteLength(path) > longestPathBytes) {
    throw new OpenLocalError('INVALID_ARGUMENT', `${path} is too long for a socket: use ${longestPathBytes} bytes`)
  }
  await mkdir(dirname(path), { recursive: true, mode: 0o750 })
  await assertFreeOrStale(path)
  // The dot keeps the kubelet's plugin watcher away from it.
  const temporary = join(dirname(path), `.${randomBytes(4).toString('hex')}`)
  try {
    await bind(temporary)
    await chmod(temporary, mode)
    const { ino, dev } = await lstat(temporary)
    await rename(temporary, path)
    return {
      async release() {
        const found = await findFile(path)
        if (found?.ino === ino && found.dev === dev) await rm(path, { force: true })
      },
    }
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

async function assertFreeOrStale(path: string): Promise<void> {
  const found = await findFile(path)
  if (found === undefined) return
  if (!found.isSocket()) {
    throw new OpenLocalError(
      'FAILED_PRECONDITION',
      `${path} is there already and is not a socket: remove it or choose another path`,
    )
  }
  if (await someoneListens(path)) {
    throw new OpenLocalError(
      'FAILED_PRECONDITION',
      `Another process listens on ${path}: stop it or choose another path`,
    )
  }
}

async function findFile(path: string) {
  return lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
}

/** A socket whose process died refuses; any other failure, such as a full backlog, means that someone is there. */
async function someoneListens(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    const answer = (listens: boolean) => {
      socket.destroy()
      resolve(listens)
    }
    socket.once('connect', () => answer(true))
    socket.once('error', ({ code }: NodeJS.ErrnoException) => answer(code !== 'ECONNREFUSED' && code !== 'ENOENT'))
  })
}
