import {
  closeSync,
  fstatSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  rmdirSync,
  rmSync,
  type Stats,
  statSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs'
import { lstat, readdir } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { OpenLocalError } from '@open-local/shared'

export type Kind = 'directory' | 'file'

/** What a mount lets be seen: the file system on a device, or (`raw`) the device itself. */
export interface Shown {
  device: string
  sizeBytes: bigint
  raw: boolean
}

/** Where the simulated machine's mount points and the bytes on its devices live. Paths of devices are `/dev/…`. */
export interface SimulatedFiles {
  kind(path: string): Kind | undefined
  /** Makes the directory or empty file; one that is there stays. */
  prepare(path: string, kind: Kind): void
  /** Takes an empty directory or file away; absent is fine. */
  remove(path: string): void
  /** Why nothing can be mounted there; undefined when it can. */
  refusal(path: string): string | undefined
  /** The path now shows this, or again the empty directory or file. Only where `refusal` has none. */
  show(path: string, what: Shown | undefined): void
  /** A new, empty file system. */
  format(device: string): void
  /** Nothing but zeros is on the device. */
  blank(device: string): void
  /** The device is gone. */
  forget(device: string): void
  hasZeroEnds(device: string): boolean
  /** Bytes and inodes of the file system on the device. */
  used(device: string): Promise<{ bytes: bigint; inodes: bigint }>
}

/** No bytes at all. */
export function memoryFiles(targets: Map<string, Kind>): SimulatedFiles {
  return {
    kind: (path) => targets.get(path),
    prepare(path, kind) {
      if (!targets.has(path)) targets.set(path, kind)
    },
    remove: (path) => void targets.delete(path),
    refusal: (path) => (targets.has(path) ? undefined : 'mount point does not exist.'),
    show() {},
    format() {},
    blank() {},
    forget() {},
    hasZeroEnds: () => true,
    used: async () => ({ bytes: 0n, inodes: 11n }),
  }
}

const MIB = 1024 * 1024
/** What a fresh ext4 takes for itself; a plausible figure, the same for every size. */
const OVERHEAD_BYTES = 1n << 20n

/**
 * Bytes in `<root>/contents/<device>` (a directory: the file system's) and `<root>/devices/<device>` (a sparse file: the
 * device's own). mount(2) needs root, so a mount point becomes a symbolic link to one of them. Nothing is replaced or
 * removed but empty directories, empty files and such links.
 */
export function diskFiles(root: string): SimulatedFiles {
  const contentsOf = (device: string) => join(root, 'contents', relative('/dev', device))
  const bytesOf = (device: string) => join(root, 'devices', relative('/dev', device))
  const ownLink = (path: string): Kind | undefined => {
    if (!statOf(path)?.isSymbolicLink()) return undefined
    const to = readlinkSync(path)
    if (to.startsWith(join(root, 'contents') + sep)) return 'directory'
    return to.startsWith(join(root, 'devices') + sep) ? 'file' : undefined
  }
  const removeEmpty = (path: string) => {
    const info = statOf(path)
    if (!info) return
    if (info.isDirectory()) rmdirSync(path)
    else if (ownLink(path) || (info.isFile() && info.size === 0)) unlinkSync(path)
    else throw new OpenLocalError('FAILED_PRECONDITION', `${path} is neither an empty directory nor an empty file`)
  }
  const files: SimulatedFiles = {
    kind(path) {
      const own = ownLink(path)
      if (own) return own
      try {
        return statSync(path).isDirectory() ? 'directory' : 'file'
      } catch (error) {
        if (isAbsent(error)) return undefined
        throw error
      }
    },
    prepare(path, kind) {
      if (statOf(path)) return
      mkdirSync(kind === 'directory' ? path : dirname(path), { recursive: true, mode: 0o750 })
      if (kind === 'file') closeSync(openSync(path, 'a', 0o660))
    },
    remove: removeEmpty,
    refusal(path) {
      const info = statOf(path)
      if (!info) return 'mount point does not exist.'
      if (ownLink(path)) return undefined
      const empty = info.isDirectory() ? readdirSync(path).length === 0 : info.isFile() && info.size === 0
      return empty ? undefined : 'the simulated host mounts only onto an empty directory or file.'
    },
    show(path, what) {
      if (!what) {
        const kind = ownLink(path)
        if (!kind) return
        unlinkSync(path)
        files.prepare(path, kind)
        return
      }
      if (what.raw) makeSparse(bytesOf(what.device), what.sizeBytes)
      else mkdirSync(contentsOf(what.device), { recursive: true })
      removeEmpty(path)
      mkdirSync(dirname(path), { recursive: true, mode: 0o750 })
      symlinkSync(what.raw ? bytesOf(what.device) : contentsOf(what.device), path)
    },
    format(device) {
      empty(contentsOf(device))
      mkdirSync(contentsOf(device), { recursive: true })
    },
    blank(device) {
      empty(contentsOf(device))
      const info = statOf(bytesOf(device))
      if (!info) return
      makeSparse(bytesOf(device), 0n)
      makeSparse(bytesOf(device), BigInt(info.size))
    },
    forget(device) {
      rmSync(contentsOf(device), { recursive: true, force: true })
      rmSync(bytesOf(device), { force: true })
    },
    hasZeroEnds: (device) => zeroEnds(bytesOf(device)),
    used: (device) => usedBelow(contentsOf(device)),
  }
  return files
}

function statOf(path: string): Stats | undefined {
  try {
    return lstatSync(path)
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw error
  }
}

function isAbsent(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')
}

function empty(directory: string): void {
  if (!statOf(directory)) return
  rmSync(directory, { recursive: true })
  mkdirSync(directory)
}

/** A file of this size; what is in it stays as far as it fits. */
function makeSparse(path: string, sizeBytes: bigint): void {
  mkdirSync(dirname(path), { recursive: true })
  const file = openSync(path, 'a', 0o660)
  try {
    ftruncateSync(file, Number(sizeBytes))
  } finally {
    closeSync(file)
  }
}

function zeroEnds(path: string): boolean {
  if (!statOf(path)) return true
  const file = openSync(path, 'r')
  try {
    const { size } = fstatSync(file)
    return [0, Math.max(0, size - MIB)].every((at) => {
      const bytes = Buffer.alloc(MIB)
      return bytes.subarray(0, readSync(file, bytes, 0, MIB, at)).every((byte) => byte === 0)
    })
  } finally {
    closeSync(file)
  }
}

async function usedBelow(directory: string): Promise<{ bytes: bigint; inodes: bigint }> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => [])
  const infos = await Promise.all(entries.map((e) => lstat(join(e.parentPath, e.name)).catch(() => undefined)))
  const bytes = infos.reduce((sum, info) => sum + (info?.isFile() ? BigInt(info.size) : 0n), OVERHEAD_BYTES)
  return { bytes, inodes: 11n + BigInt(entries.length) }
}
