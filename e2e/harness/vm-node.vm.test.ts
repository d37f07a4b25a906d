import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { GuestShell } from './guest-shell.ts'
import { whyNoVirtualMachines } from './prerequisites.ts'
import { lineProgress } from './progress.ts'
import { until } from './until.ts'
import { startVmNode } from './vm-node-standalone.ts'

const reason = await whyNoVirtualMachines()
if (reason) console.warn(`skipped, ${reason}`)

describe.skipIf(reason)('a bare VM node', () => {
  let node: Awaited<ReturnType<typeof startVmNode>>
  beforeAll(async () => {
    node = await startVmNode({
      disks: ['2Gi', { name: 'spinning', size: '1Gi', kind: 'hdd' }],
      progress: lineProgress(),
    })
  })
  afterAll(() => node?.[Symbol.asyncDispose]())

  it('separates output from errors and gives the exit code', async () => {
    const result = await node.exec('echo out; echo err >&2; exit 3', { reject: false })
    expect(result).toEqual({ stdout: 'out\n', stderr: 'err\n', exitCode: 3 })
    await expect(node.exec('ls /nowhere')).rejects.toThrow('/nowhere')
  })

  it('has its disks as asked for, blank', async () => {
    const device = await node.devicePath('vm-disk1')
    const spinning = await node.devicePath('vm-spinning')
    const { stdout } = await node.exec(`lsblk -bdno NAME,SIZE,ROTA ${device} ${spinning}; blkid -p ${device}; true`)
    expect(stdout.split('\n').map((line) => line.split(/\s+/).slice(1).join(' '))).toEqual([
      '2147483648 0',
      '1073741824 1',
      '',
    ])
  })

  it('does real LVM, and keeps what is on its disks when it is killed and started again', async () => {
    const device = await node.devicePath('vm-disk1')
    await node.exec(`vgcreate -q vg0 ${device} && lvcreate -qy -n one -L 256M vg0 && mkfs.ext4 -q /dev/vg0/one
      mkdir -p /mnt/one && mount /dev/vg0/one /mnt/one && echo kept > /mnt/one/file && sync`)
    await node.reboot()
    const { stdout } = await node.exec(
      'vgchange -qay vg0; mkdir -p /mnt/one && mount /dev/vg0/one /mnt/one && cat /mnt/one/file',
    )
    expect(stdout).toContain('kept')
    await node.exec('umount /mnt/one')
  })

  it('plugs disks in and out, and sees one grow', async () => {
    for (const kind of ['nvme', 'virtio'] as const) {
      const serial = await node.addDisk({ name: kind, size: '1Gi', kind })
      const device = await node.devicePath(serial)
      // QEMU's NVMe disks keep their size.
      const size = kind === 'nvme' ? '1073741824' : '2147483648'
      if (kind !== 'nvme') await node.resizeDisk(serial, '2Gi')
      await until(async () => (await node.exec(`blockdev --getsize64 ${device}`)).stdout.trim() === size, {
        what: 'it grows',
        timeoutMs: 30_000,
      })
      await node.removeDisk(serial)
      await until(async () => (await node.exec(`[ ! -b ${device} ]`, { reject: false })).exitCode === 0, {
        what: 'it is gone',
        timeoutMs: 30_000,
      })
    }
  })

  it('takes files as they are', async () => {
    const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, at) => at % 256))
    await node.vm.write("/tmp/a 'file'/x", bytes, 0o750)
    const { stdout } = await node.exec(`cd "/tmp/a 'file'" && stat -c '%s %a' x && base64 -w0 x`)
    expect(stdout).toBe(`70000 750\n${bytes.toString('base64')}`)
  })

  it('shares neither randomness nor boot id with another clone, and lets in only who has the secret', async () => {
    await using other = await startVmNode()
    const facts = 'cat /proc/sys/kernel/random/boot_id; head -c 16 /dev/urandom | base64; cat /etc/machine-id'
    const mine = (await node.exec(facts)).stdout.split('\n')
    const theirs = (await other.exec(facts)).stdout.split('\n')
    for (const at of [0, 1, 2]) expect(mine[at]).not.toBe(theirs[at])
    const stranger = new GuestShell('stranger', other.address, 7000, 'wrong')
    await expect(stranger.exec('id', { timeoutMs: 5_000 })).rejects.toThrow('stranger: ')
  })
})

describe.skipIf(reason)('a test runner that is killed', () => {
  it('takes its virtual machines with it', async () => {
    const script = `
      import { startVmNode } from ${JSON.stringify(import.meta.resolve('./vm-node-standalone.ts'))}
      const node = await startVmNode()
      console.log(node.vm.process.pid)
      setInterval(() => {}, 1000)`
    const runner = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = await once(runner.stdout, 'data')
    const pid = Number(line)
    expect(await readFile(`/proc/${pid}/comm`, 'utf8')).toContain('qemu')
    runner.kill('SIGKILL')
    await until(
      async () =>
        readFile(`/proc/${pid}/stat`, 'utf8').then(
          (stat) => stat.includes(') Z '),
          () => true,
        ),
      {
        what: 'the virtual machine is gone',
        timeoutMs: 10_000,
      },
    )
  })
})
