import { randomBytes } from 'node:crypto'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type DiskSpec, diskDevice, ensureDiskFile } from './disk.ts'
import { type ExecOptions, type ExecResult, GuestShell } from './guest-shell.ts'
import { Qmp } from './qmp.ts'
import { TetheredProcess } from './tethered-process.ts'
import { HopelessError, until } from './until.ts'
import type { VmImage } from './vm-image.ts'

export interface Forward {
  hostPort: number
  guestPort: number
}

export interface VmOptions {
  /** Host name in the VM. */
  name: string
  /** Folder for its log and secret. */
  dir: string
  image: VmImage
  cpus: number
  memoryMiB: number
  /** Loopback address on the host where its ports appear. */
  address: string
  /** Port of the root shell on `address`. */
  shellPort: number
  forwards?: Forward[]
  /** Runs udevd: device names and links as on a real node, but LVM takes two to three times as long. */
  udev?: boolean
  /** RAM of the VM in a file: `share` writes to it (a template in the making), otherwise it is only read. */
  memoryFile?: { path: string; share: boolean }
  /** Starts with the state of a template instead of booting. */
  incoming?: boolean
}

/** Speeds up booting under emulation, or silences what this machine does not have. */
const KERNEL_OPTIONS =
  'console=ttyS0 panic=-1 loglevel=5 mitigations=off nokaslr tsc=reliable no_timer_check edd=off apparmor=0 audit=0 cryptomgr.notests=1 init_on_alloc=0 random.trust_cpu=1 rcupdate.rcu_expedited=1 8250.nr_uarts=1 i8042.noaux=1 i8042.nokbd=1 i8042.nopnp=1 i8042.dumbkbd=1 nowatchdog'

/** PCI ports for hot-plugging; SCSI disks need none. */
const PCI_PORTS = ['rp1', 'rp2', 'rp3', 'rp4']

/** A QEMU virtual machine, emulated in software, so it runs wherever QEMU does. It ends with this process. */
export class Vm {
  readonly options: VmOptions
  readonly qmp: Qmp
  readonly process: TetheredProcess
  readonly #shell: GuestShell
  readonly #disks = new Map<string, { spec: DiskSpec; pciPort: string | undefined }>()
  #lastDisk = 0

  /** Starts QEMU. The machine boots, or waits for a template's state when `incoming`. */
  static async start(options: VmOptions): Promise<Vm> {
    await mkdir(options.dir, { recursive: true, mode: 0o700 })
    const secret = randomBytes(32).toString('hex')
    // With a newline, so that the guest's `read` ends; the file's length may differ from the template's.
    await writeFile(join(options.dir, 'shell-secret'), `${secret}\n`, { mode: 0o600 })
    await rm(join(options.dir, 'console.log'), { force: true })
    return new Vm(options, secret)
  }

  constructor(options: VmOptions, secret: string) {
    this.options = options
    this.process = new TetheredProcess(`VM ${options.name}`, 'qemu-system-x86_64', qemuArguments(options), {
      logPath: join(options.dir, 'qemu.log'),
      pipes: true,
    })
    this.qmp = new Qmp(this.process.child.stdin!, this.process.child.stdout!)
    this.#shell = new GuestShell(options.name, options.address, options.shellPort, secret)
  }

  /** QEMU accepts commands. */
  async ready(): Promise<void> {
    await Promise.race([
      this.qmp.execute('qmp_capabilities'),
      this.process.exited.then((how) => {
        throw new Error(`VM ${this.options.name} did not start (${how}): ${this.process.logTail()}`)
      }),
    ])
  }

  /** The machine has booted and its root shell answers. */
  async booted(timeoutMs = 120_000): Promise<void> {
    const log = join(this.options.dir, 'console.log')
    await until(
      async () => {
        if (!this.process.running) throw new HopelessError(this.process.logTail())
        const text = await readFile(log, 'utf8')
        if (text.includes('Kernel panic')) throw new HopelessError(`${this.options.name}: ${text.slice(-2_000)}`)
        return text.includes('READY ')
      },
      { what: `VM ${this.options.name} has booted (see ${log})`, timeoutMs, everyMs: 50 },
    )
  }

  exec(script: string, options?: ExecOptions): Promise<ExecResult> {
    this.process.assertRunning()
    return this.#shell.exec(script, options)
  }

  /** Writes a file in the VM. */
  write(path: string, content: Uint8Array | string, mode?: number): Promise<void> {
    return this.#shell.write(path, content, mode)
  }

  /** Copies a file of the host into the VM. */
  push(localPath: string, path: string, mode?: number): Promise<void> {
    return this.#shell.push(localPath, path, mode)
  }

  /** Plugs a disk in while the machine runs. Its device appears in the VM within a second; see `devicePath`. */
  async addDisk(disk: DiskSpec): Promise<void> {
    await ensureDiskFile(disk.path, disk.sizeBytes)
    const id = `disk${++this.#lastDisk}`
    const scsi = disk.kind === undefined || disk.kind === 'ssd' || disk.kind === 'hdd'
    const used = new Set([...this.#disks.values()].map(({ pciPort }) => pciPort))
    const pciPort = scsi ? undefined : PCI_PORTS.find((port) => !used.has(port))
    if (!scsi && !pciPort) throw new Error(`VM ${this.options.name} has no free PCI port for another ${disk.kind} disk`)
    const file = { driver: 'file', filename: disk.path, discard: 'unmap' }
    const add = (direct: boolean): Promise<unknown> =>
      this.qmp.execute('blockdev-add', {
        'node-name': id,
        driver: 'raw',
        discard: 'unmap',
        cache: { direct },
        file: { ...file, cache: { direct } },
      })
    // A file system in RAM cannot do direct IO.
    await add(true).catch((error: Error) => (error.message.includes('O_DIRECT') ? add(false) : Promise.reject(error)))
    await this.qmp.execute('device_add', diskDevice(disk, id, pciPort))
    this.#disks.set(id, { spec: disk, pciPort })
  }

  /** Pulls a disk out, in use or not, as a hand would. Its file stays. */
  async removeDisk(serial: string): Promise<void> {
    const id = this.#diskId(serial)
    const gone = this.qmp.event(({ event, data }) => event === 'DEVICE_DELETED' && data.device === `dev-${id}`, 60_000)
    await this.qmp.execute('device_del', { id: `dev-${id}` })
    await gone
    await this.qmp.execute('blockdev-del', { 'node-name': id })
    this.#disks.delete(id)
  }

  /** Makes a disk larger while it is in use; the VM sees the new size at once. NVMe disks cannot. */
  async resizeDisk(serial: string, sizeBytes: bigint): Promise<void> {
    await this.qmp.execute('block_resize', { 'node-name': this.#diskId(serial), size: Number(sizeBytes) })
  }

  /** The path of a disk in the VM, e.g. `/dev/sda`, once it is there. Letters follow the order of plugging. */
  async devicePath(serial: string, timeoutMs = 30_000): Promise<string> {
    const { stdout } = await this.exec(
      `for i in $(seq ${Math.ceil(timeoutMs / 100)}); do
        for f in $(grep -las -- '${serial}' /sys/block/*/device/vpd_pg80 /sys/block/*/serial /sys/block/nvme*/device/serial); do
          d=\${f#/sys/block/}; [ -b "/dev/\${d%%/*}" ] && echo "/dev/\${d%%/*}" && exit
        done
        busybox usleep 100000
      done; echo "no disk ${serial}" >&2; exit 1`,
      { timeoutMs: timeoutMs * 2 + 10_000 },
    )
    return stdout.trim()
  }

  /** Pulls the plug: nothing in the VM has a chance to write anything more. */
  async kill(): Promise<void> {
    await this.process.kill()
  }

  /** Writes everything to the disks, then ends the machine. */
  async powerOff(): Promise<void> {
    if (!this.process.running) return
    await this.exec('sync', { timeoutMs: 30_000 }).catch(() => {})
    // On SIGTERM QEMU closes its disks and ends, as by `quit`.
    await this.process.stop()
  }

  #diskId(serial: string): string {
    for (const [id, { spec }] of this.#disks) if (spec.serial === serial) return id
    throw new Error(`VM ${this.options.name} has no disk ${serial}`)
  }
}

function qemuArguments(options: VmOptions): string[] {
  const { image, memoryFile, address } = options
  const forwards = [{ hostPort: options.shellPort, guestPort: 7000 }, ...(options.forwards ?? [])]
  const network = forwards.map(({ hostPort, guestPort }) => `,hostfwd=tcp:${address}:${hostPort}-:${guestPort}`)
  // The kubelet, containerd, runc and Node together flush a small cache of translated code again and again.
  const translationCacheMiB = options.memoryMiB >= 1024 ? 512 : 128
  return [
    ...['-machine', memoryFile ? 'q35,memory-backend=mem' : 'q35', '-cpu', 'max'],
    ...['-accel', `tcg,thread=multi,tb-size=${translationCacheMiB}`],
    ...['-smp', String(options.cpus), '-m', String(options.memoryMiB)],
    ...['-nodefaults', '-nographic', '-no-reboot', '-no-user-config'],
    ...['-chardev', 'stdio,id=qmp,signal=off', '-mon', 'chardev=qmp,mode=control'],
    ...['-serial', `file:${quoteCommas(join(options.dir, 'console.log'))}`],
    ...['-fw_cfg', `name=opt/open-local/secret,file=${quoteCommas(join(options.dir, 'shell-secret'))}`],
    ...['-kernel', image.kernel, '-initrd', image.initrd],
    ...['-drive', `file=${quoteCommas(image.root)},format=raw,if=none,id=root,readonly=on`],
    ...['-device', 'virtio-blk-pci,drive=root,serial=ROOT'],
    ...['-netdev', `user,id=net0${network.join('')}`, '-device', 'virtio-net-pci,netdev=net0,romfile='],
    ...PCI_PORTS.flatMap((id, index) => ['-device', `pcie-root-port,id=${id},chassis=${index + 1},slot=${index + 1}`]),
    ...['-device', 'virtio-scsi-pci,id=scsi0'],
    ...(memoryFile
      ? [
          '-object',
          `memory-backend-file,id=mem,size=${options.memoryMiB}M,mem-path=${quoteCommas(memoryFile.path)},share=${memoryFile.share ? 'on' : 'off'}`,
        ]
      : []),
    ...(options.incoming ? ['-incoming', 'defer'] : []),
    ...['-append', `${KERNEL_OPTIONS} vmname=${options.name} udev=${options.udev ? 1 : 0}`],
  ]
}

/** In QEMU's option lists a comma ends a value unless doubled. */
function quoteCommas(path: string): string {
  return path.replaceAll(',', ',,')
}
