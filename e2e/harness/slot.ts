import { createServer, type Server } from 'node:net'

/** Loopback addresses and ports that no other cluster on this machine uses, held until released or this process ends. */
export interface Slot {
  number: number
  /** Loopback address of node `index` (1, 2, …); 0 is free for other use. */
  address(index: number): string
  /** A port on 127.0.0.1 that belongs to this slot: `port(16443)` is 16443 in the first slot. */
  port(base: number): number
  release(): void
}

/**
 * The first free slot, or the one asked for.
 * Held by the name of an abstract unix socket: the kernel lets only one process have it, and frees it with the process.
 */
export async function freeSlot(wanted?: number): Promise<Slot> {
  const candidates = wanted === undefined ? Array.from({ length: 100 }, (_, number) => number) : [wanted]
  for (const number of candidates) {
    const server = await holdName(`open-local/slot/${number}`)
    if (!server) continue
    return {
      number,
      address: (index) => `127.0.${number}.${10 + index}`,
      port: (base) => base + number * 50,
      release: () => void server.close(),
    }
  }
  throw new Error('as many clusters run on this machine as there are addresses for')
}

/** Holds a name among all processes of this machine, or returns undefined when another process has it. */
export async function holdName(name: string): Promise<Server | undefined> {
  const server = createServer((socket) => socket.destroy())
  server.unref()
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    )
    server.listen(`\0${name}`, () => resolve(server))
  })
}
