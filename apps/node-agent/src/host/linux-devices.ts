import { constants } from 'node:fs'
import { open, readFile, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { OpenLocalError } from '@open-local/shared'
import { deviceUsers, listBlockDevices } from './block-device.ts'
import { CommandError } from './command-error.ts'
import type { BlockDevices, Signature } from './host.ts'
import { parseMountTable } from './mount-table.ts'
import type { Run } from './run.ts'

const MIB = 1024 * 1024

/** Block devices of the kernel, by sysfs and plain file calls; only probes and wipes are processes. */
export function linuxDevices(run: Run, sysfs = '/sys', proc = '/proc'): BlockDevices {
  return {
    async list(accepts) {
      const mounts = parseMountTable(await readFile(join(proc, 'self/mountinfo'), 'utf8'))
      const swaps = await readFile(join(proc, 'swaps'), 'utf8').catch(() => '')
      return listBlockDevices(sysfs, accepts, deviceUsers(mounts, swaps))
    },

    async fingerprint() {
      // A line for each disk and partition with its size. Mapped devices are left out: LVM's own changes tell of those.
      const lines = (await readFile(join(proc, 'partitions'), 'utf8')).split('\n')
      return lines.filter((line) => !/ (dm-|loop|ram|zram)\d+$/.test(line)).join('\n')
    },

    async find(path) {
      const info = await stat(path, { bigint: true }).catch(() => undefined)
      if (!info?.isBlockDevice()) return undefined
      const deviceNumber = deviceNumberOf(info.rdev)
      const dir = join(sysfs, 'dev/block', deviceNumber)
      const size = await readFile(join(dir, 'size'), 'utf8').catch(() => undefined)
      if (size === undefined) return undefined
      const ro = await readFile(join(dir, 'ro'), 'utf8').catch(() => '0')
      const real = await realpath(path)
      return { path: real, deviceNumber, sizeBytes: BigInt(size.trim()) * 512n, readOnly: ro.trim() === '1' }
    },

    /** `blkid -p -o export <device>`: exit code 2 means that nothing was found, or nothing could be read. */
    async probe(path) {
      await requireThere(path)
      try {
        return parseProbe(await run('blkid', ['-p', '-o', 'export', path]))
      } catch (error) {
        if (error instanceof CommandError && error.exitCode === 2) {
          // Not before: on a disk that hangs a read would hold one of Node's few threads for ever.
          await requireReadable(path)
          return undefined
        }
        // 8: several signatures that contradict each other; certainly not blank.
        if (error instanceof CommandError && error.exitCode === 8) return { type: 'ambivalent', usage: 'other' }
        throw error
      }
    },

    async isIdle(path) {
      try {
        const file = await open(await realpath(path), constants.O_RDONLY | constants.O_EXCL)
        await file.close()
        return true
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EBUSY') return false
        throw error
      }
    },

    async hasZeroEnds(path) {
      const file = await open(path, 'r')
      try {
        const size = await sizeOf(path)
        const length = Math.min(MIB, size)
        for (const position of [0, size - length]) {
          const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, position)
          if (bytesRead !== length || buffer.some((byte) => byte !== 0)) return false
        }
        return true
      } finally {
        await file.close()
      }
    },

    /** LVM writes its metadata past the page cache but never flushes the disk's own; fsync on the node does. */
    async flush(path) {
      const file = await open(path, 'r')
      try {
        await file.sync()
      } finally {
        await file.close()
      }
    },

    /** `blkdiscard --zeroout <device>` */
    async zero(path) {
      await run('blkdiscard', ['--zeroout', await realpath(path)], { timeoutMs: 0 })
    },

    /** `blkdiscard <device>` */
    async discard(path) {
      await run('blkdiscard', [await realpath(path)], { timeoutMs: 0 }).catch((error) => {
        if (!(error instanceof CommandError && /not supported/i.test(error.stderr))) throw error
      })
    },

    /** `wipefs --all --quiet <device>` */
    async wipeSignatures(path) {
      await run('wipefs', ['--all', '--quiet', path])
    },
  }

  async function sizeOf(path: string): Promise<number> {
    const { rdev } = await stat(path, { bigint: true })
    const sectors = await readFile(join(sysfs, 'dev/block', deviceNumberOf(rdev), 'size'), 'utf8')
    return Number(sectors.trim()) * 512
  }
}

async function requireThere(path: string): Promise<void> {
  if (!(await stat(path).catch(() => undefined))) throw new OpenLocalError('NOT_FOUND', `${path} is not there`)
}

/** libblkid looks for signatures in the first 128 KiB and at the end; what can't be read is not blank. */
async function requireReadable(path: string): Promise<void> {
  const file = await open(path, 'r')
  try {
    await file.read(Buffer.alloc(128 * 1024), 0, 128 * 1024, 0)
  } finally {
    await file.close()
  }
}

/** `KEY=value` lines; a partition table has PTTYPE in place of TYPE. */
export function parseProbe(output: string): Signature | undefined {
  const values = new Map(
    output.split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const),
  )
  const table = values.get('PTTYPE')
  const type = values.get('TYPE')
  if (type === undefined) return table === undefined ? undefined : { type: table, usage: 'partition-table' }
  const usage = values.get('USAGE')
  return { type, usage: usage === 'filesystem' || usage === 'raid' || usage === 'crypto' ? usage : 'other' }
}

/** Linux's dev_t: 12 bits of major at 8, the low 8 bits of the minor at 0 and the rest at 20. */
export function deviceNumberOf(rdev: bigint): string {
  const major = ((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & ~0xfffn)
  const minor = (rdev & 0xffn) | ((rdev >> 12n) & ~0xffn)
  return `${major}:${BigInt.asUintN(32, minor)}`
}
