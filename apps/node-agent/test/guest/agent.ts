import { test } from 'node:test'
import pino from 'pino'
import { walk } from '../../src/agent-walk.ts'
import { linuxHost } from '../../src/host/linux-host.ts'
import { commandRunner } from '../../src/host/run.ts'

/** Runs inside a VM: `node agent.cjs <disk> <disk>`. The disks must be blank and are used up. */
const [first = '', second = ''] = process.argv.slice(2)
const commands: string[] = []
const host = linuxHost(
  commandRunner(({ command, result, seconds }) => {
    commands.push(command)
    console.log(`# ${command} ${result} ${seconds.toFixed(2)} s`)
  }),
)
const lvmCommands = () => commands.filter((command) => /^(lvm|lv|vg|pv)/.test(command)).length
test('the whole agent, from blank disks to a deleted volume', { timeout: 400_000 }, () =>
  walk({ host, disks: [first, second], lvmCommands, log: pino({ level: 'warn' }), timeoutMs: 60_000 }),
)
