import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, it } from 'vitest'
import { hostContract } from './host-contract.ts'
import { simulatedHost } from './simulated-host.ts'
import { simulatedMachine } from './simulated-machine.ts'

describe('the simulated host keeps the contract', () => {
  const host = simulatedHost([4n << 30n, 4n << 30n])
  hostContract(it, () => ({ host, disks: ['/dev/sda', '/dev/sdb'], directory: '/sim' }))
})

describe('the simulated machine on disk keeps the contract', () => {
  const directory = mkdtempSync(join(tmpdir(), 'sim-'))
  afterAll(() => rmSync(directory, { recursive: true }))
  const disk = { sizeBytes: 4n << 30n, medium: 'ssd' } as const
  const host = simulatedMachine({ nodeName: 'n1', disks: [disk, disk], directory: join(directory, 'state') })
  hostContract(it, () => ({ host, disks: ['/dev/sda', '/dev/sdb'], directory: join(directory, 'k') }))
})
