import { describe, it } from 'vitest'
import { hostContract } from './host-contract.ts'
import { simulatedHost } from './simulated-host.ts'

describe('the simulated host keeps the contract', () => {
  const host = simulatedHost([4n << 30n, 4n << 30n])
  hostContract(it, () => ({ host, disks: ['/dev/sda', '/dev/sdb'], directory: '/sim' }))
})
