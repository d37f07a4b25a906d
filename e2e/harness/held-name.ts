import { createServer } from 'node:net'

export interface HeldName {
  release(): void
}

/**
 * Holds a name among all processes of this machine, or returns undefined when it is held already.
 * It is the name of an abstract unix socket: no file, and the kernel frees it with the process. Source: unix(7).
 */
export async function holdName(name: string): Promise<HeldName | undefined> {
  const server = createServer((socket) => socket.destroy())
  server.unref()
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    )
    server.listen(`\0open-local/${name}`, () => resolve({ release: () => void server.close() }))
  })
}
