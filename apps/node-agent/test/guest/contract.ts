import { existsSync, mkdirSync } from 'node:fs'
import { test } from 'node:test'
import { hostContract } from '../../src/host/host-contract.ts'
import { linuxHost } from '../../src/host/linux-host.ts'
import { commandRunner } from '../../src/host/run.ts'

/** Runs inside a VM: `node contract.cjs <disk> <disk>`. The disks must be blank and are used up. */
const [first = '', second = ''] = process.argv.slice(2)
const directory = '/run/contract'
mkdirSync(directory, { recursive: true })
console.log(`# udevd ${existsSync('/run/udev/control') ? 'runs' : 'does not run'}`)
const host = linuxHost(commandRunner())
hostContract(
  (name, run) => void test(name, { concurrency: false }, run),
  () => ({ host, disks: [first, second], directory }),
)
