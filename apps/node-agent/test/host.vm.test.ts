import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { whyNoVirtualMachines } from '../../../e2e/harness/prerequisites.ts'
import { lineProgress } from '../../../e2e/harness/progress.ts'
import { until } from '../../../e2e/harness/until.ts'
import { startVmNode } from '../../../e2e/harness/vm-node-standalone.ts'

/**
 * The agent on real LVM, real disks and real mounts, inside a VM: `vitest run --config test/vitest.config.ts`.
 * The suites are bundled here and run by Node in the guest.
 */
const reason = await whyNoVirtualMachines()
if (reason) console.warn(`skipped, ${reason}`)

describe.skipIf(reason).each([false, true])('in a VM, udevd: %s', (udev) => {
  let node: Awaited<ReturnType<typeof startVmNode>>
  let directory: string
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'agent-vm-'))
    node = await startVmNode({ disks: ['4Gi', '4Gi', '4Gi', '4Gi'], udev, progress: lineProgress() })
  })
  afterAll(async () => {
    await node?.[Symbol.asyncDispose]()
    await rm(directory, { recursive: true, force: true })
  })

  it.each([
    ['contract', ['vm-disk1', 'vm-disk2']],
    ['agent', ['vm-disk3', 'vm-disk4']],
  ])('%s passes', async (suite, serials) => {
    await bundle(suite)
    const disks = await Promise.all(serials.map((serial) => node.devicePath(serial)))
    const script = `cd /root; node ${suite}.cjs ${disks.join(' ')} 2>&1`
    const { stdout, exitCode } = await node.exec(script, { reject: false, timeoutMs: 480_000 })
    console.log(
      stdout
        .split('\n')
        .filter((line) => !line.startsWith('{'))
        .join('\n'),
    )
    expect(exitCode, stdout.slice(-4000)).toBe(0)
    expect(stdout).toMatch(/pass [1-9]/)
  })

  it('hears of disks from the kernel, and leaves no process behind when it is killed', async () => {
    await bundle('events')
    await node.exec('cd /root; nohup node events.cjs > events.log 2>&1 & echo $! > /root/events.pid')
    const heard = async (line: string, times = 1) => {
      const { stdout } = await node.exec('cat /root/events.log')
      return stdout.split('\n').filter((l) => l === line).length >= times
    }
    const patience = { timeoutMs: 60_000 }
    await until(() => heard('listening'), { what: 'it listens', ...patience })
    const serial = await node.addDisk({ name: 'late', size: '1Gi', kind: 'virtio' })
    const device = await node.devicePath(serial)
    await until(() => heard(device), { what: `${device} comes`, ...patience })
    await node.resizeDisk(serial, '2Gi')
    await until(() => heard(device, 2), { what: `${device} grows`, ...patience })
    await node.removeDisk(serial)
    await until(() => heard(device, 3), { what: `${device} goes`, ...patience })
    await node.exec('kill -9 "$(cat /root/events.pid)"')
    await until(async () => (await node.exec('pgrep -f "udevadm monitor"', { reject: false })).exitCode === 1, {
      what: 'its monitor ends',
      ...patience,
    })
  })

  async function bundle(suite: string): Promise<void> {
    const outfile = join(directory, `${suite}.cjs`)
    const entryPoints = [join(import.meta.dirname, 'guest', `${suite}.ts`)]
    const target = { platform: 'node', format: 'cjs', target: 'node24' } as const
    await build({ entryPoints, outfile, bundle: true, logLevel: 'warning', ...target })
    await node.vm.push(outfile, `/root/${suite}.cjs`)
  }
})
