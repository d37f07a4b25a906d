import { randomBytes } from 'node:crypto'
import { statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { cacheKey, ensureCached } from './cache.ts'
import type { Progress } from './progress.ts'
import { freeSlot } from './slot.ts'
import { until } from './until.ts'
import { Vm, type VmOptions } from './vm.ts'
import { ensureVmImage, type VmImage } from './vm-image.ts'
import { temporaryWorkDir } from './work-dir.ts'

/** `bare` has LVM and Node; `kubernetes` has containerd running besides, with its images. */
export type VmRole = 'bare' | 'kubernetes'

const SHAPE: Record<VmRole, { cpus: number; memoryMiB: number }> = {
  bare: { cpus: 1, memoryMiB: 512 },
  kubernetes: { cpus: 2, memoryMiB: 2048 },
}

/** What happens once in the template, so that its clones need not. It must know nothing of who the clone will be. */
const WARM_UP: Record<VmRole, string> = {
  bare: 'modprobe xfs; lvs >/dev/null; mkfs.ext4 -V 2>/dev/null; node -e 0; true',
  kubernetes: 'start-containerd && modprobe xfs && lvs >/dev/null && node -e 0',
}

export interface VmTemplate {
  role: VmRole
  udev: boolean
  image: VmImage
  /** RAM of the warm machine; clones map it copy-on-write. */
  memoryPath: string
  /** State of its devices. */
  statePath: string
}

/** A machine that was booted and warmed up once, cached with its RAM. Makes the image first when that is not there. */
export async function ensureVmTemplate(role: VmRole, progress: Progress, udev = false): Promise<VmTemplate> {
  const image = await ensureVmImage(progress)
  const dir = await ensureCached({
    kind: `vm-template-${role}${udev ? '-udev' : ''}`,
    key: cacheKey('1', image.key, JSON.stringify(SHAPE[role]), WARM_UP[role], await qemuVersion()),
    keep: 2,
    build: async (dir) => {
      const step = progress.step(`boot and warm a ${role} VM (once)`)
      await makeTemplate(role, udev, image, dir)
      step.done()
    },
  })
  return { role, udev, image, memoryPath: join(dir, 'memory'), statePath: join(dir, 'state') }
}

/** Clones are bound to the QEMU that made the template. */
async function qemuVersion(): Promise<string> {
  return (await execa('qemu-system-x86_64', ['--version'])).stdout
}

async function makeTemplate(role: VmRole, udev: boolean, image: VmImage, dir: string): Promise<void> {
  const shape = SHAPE[role]
  const slot = await freeSlot()
  // In RAM while it runs: on a disk, each page the machine touches would be written out.
  const shm = await statfs('/dev/shm').catch(() => undefined)
  const roomy = shm !== undefined && shm.bavail * shm.bsize > (shape.memoryMiB + 256) * 1024 * 1024
  const work = await temporaryWorkDir(roomy ? '/dev/shm' : dir)
  const memory = join(work.path, 'memory')
  let vm: Vm | undefined
  try {
    const options: VmOptions = {
      name: 'template',
      dir: work.path,
      image,
      ...shape,
      udev,
      address: slot.address(0),
      shellPort: 7000,
      memoryFile: { path: memory, share: true },
    }
    vm = await Vm.start(options)
    await vm.ready()
    await vm.booted()
    await vm.exec(WARM_UP[role], { timeoutMs: 300_000 })
    await vm.exec('sync')
    await allowIgnoringShared(vm)
    await vm.qmp.execute('migrate-set-parameters', { 'max-bandwidth': 2 ** 34 })
    await vm.qmp.execute('stop')
    await vm.qmp.execute('migrate', { uri: `exec:cat > '${join(dir, 'state')}'` })
    await until(
      async () => {
        const { status } = await vm!.qmp.execute<{ status: string }>('query-migrate')
        if (status === 'failed') throw new Error('QEMU could not save the template')
        return status === 'completed'
      },
      { what: 'the template is saved', timeoutMs: 60_000, everyMs: 50 },
    )
    await vm.kill()
    await execa('cp', ['--sparse=always', memory, join(dir, 'memory')])
  } finally {
    await vm?.kill()
    await work.release()
    slot.release()
  }
}

/** RAM is in the shared file already: it need not go through the state. */
function allowIgnoringShared(vm: Vm): Promise<unknown> {
  return vm.qmp.execute('migrate-set-capabilities', { capabilities: [{ capability: 'x-ignore-shared', state: true }] })
}

export type CloneOptions = Pick<VmOptions, 'name' | 'dir' | 'address' | 'shellPort' | 'forwards'> & {
  /** Stays the same for the same node, as on a real machine: 32 hexadecimal digits. */
  machineId?: string
}

/** A running copy of the template within a second, with its own name, clock, randomness and boot id. */
export async function cloneVm(template: VmTemplate, options: CloneOptions): Promise<Vm> {
  const vm = await Vm.start({
    ...options,
    ...SHAPE[template.role],
    image: template.image,
    udev: template.udev,
    memoryFile: { path: template.memoryPath, share: false },
    incoming: true,
  })
  try {
    await vm.ready()
    await allowIgnoringShared(vm)
    await vm.qmp.execute('migrate-incoming', { uri: `exec:cat '${template.statePath}'` })
    await until(
      async () => {
        const { status } = await vm.qmp.execute<{ status: string }>('query-status')
        return status === 'paused' || status === 'running'
      },
      { what: `VM ${options.name} has its state`, timeoutMs: 60_000, everyMs: 20 },
    )
    await vm.qmp.execute('cont')
    await becomeIndividual(vm, options.machineId)
    return vm
  } catch (error) {
    await vm.kill()
    throw error
  }
}

/**
 * Clones begin with the same kernel randomness, which would give equal LVM and file system UUIDs, with the template's
 * clock and its boot id. Source: random(4), RNDADDENTROPY and RNDRESEEDCRNG.
 */
async function becomeIndividual(vm: Vm, machineId = randomBytes(16).toString('hex')): Promise<void> {
  const seed = randomBytes(32).toString('hex')
  const { name } = vm.options
  await vm.exec(
    `perl -e '$s=pack("H*","${seed}");open(F,"+<","/dev/urandom")||die;ioctl(F,0x40085203,pack("ii",256,32).$s)||die;ioctl(F,0x5207,0)||die'
    busybox date -s @${Math.round(Date.now() / 1000)} >/dev/null
    cat /proc/sys/kernel/random/uuid > /run/boot-id && mount --bind /run/boot-id /proc/sys/kernel/random/boot_id
    echo ${machineId} > /etc/machine-id
    busybox hostname ${name}; echo ${name} > /etc/hostname; echo "127.0.0.1 localhost ${name}" > /etc/hosts`,
    { timeoutMs: 60_000 },
  )
}
