import { holdName } from './held-name.ts'

/** Loopback addresses and ports that no other cluster on this machine uses, held until released or this process ends. */
export interface Slot {
  number: number
  /** Loopback address of node `index` (1, 2, …); 0 is free for other use. */
  address(index: number): string
  /** A port on 127.0.0.1 that belongs to this slot: `port(16443)` is 16443 in the first slot. */
  port(base: number): number
  release(): void
}

/** The first free slot. The first cluster on a machine so has the ports that the documentation names. */
export async function freeSlot(): Promise<Slot> {
  for (let number = 0; number < 100; number++) {
    const hold = await holdName(`slot/${number}`)
    if (!hold) continue
    return {
      number,
      address: (index) => `127.0.${number}.${10 + index}`,
      port: (base) => base + number * 50,
      release: () => hold.release(),
    }
  }
  throw new Error('as many clusters run on this machine as there are addresses for')
}
