import { createHash } from 'node:crypto'
import { packTar, type TarEntry } from './tar.ts'

export interface ImageConfig {
  Entrypoint?: string[]
  Cmd?: string[]
}

/**
 * A container image of one layer as a docker-archive tar, which `ctr images import` reads: no registry, no builder.
 * `name` must be exactly what manifests name, tag included.
 * Source: moby image specification v1.2.
 */
export function containerImage(name: string, files: TarEntry[], config: ImageConfig): Buffer {
  const layer = packTar(files)
  const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex')
  const created = '1970-01-01T00:00:00Z'
  const description = JSON.stringify({
    created,
    architecture: 'amd64',
    os: 'linux',
    config: { Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'], ...config },
    rootfs: { type: 'layers', diff_ids: [`sha256:${sha256(layer)}`] },
    history: [{ created, created_by: 'open-local e2e harness' }],
  })
  const configName = `${sha256(description)}.json`
  const manifest = JSON.stringify([{ Config: configName, RepoTags: [name], Layers: ['layer.tar'] }])
  return packTar([
    { path: 'manifest.json', content: manifest },
    { path: configName, content: description },
    { path: 'layer.tar', content: layer },
  ])
}

/** The image that Kubernetes' own storage tests use, made of Debian's static busybox and its applets as links. */
export function busyboxImage(name: string, busybox: Uint8Array, applets: string[]): Buffer {
  const directories = ['bin', 'etc', 'root', 'var', 'dev', 'proc', 'sys', 'mnt', 'home']
  return containerImage(
    name,
    [
      ...directories.map((path) => ({ path: `${path}/`, directory: true })),
      { path: 'tmp/', directory: true, mode: 0o1777 },
      { path: 'bin/busybox', content: busybox, mode: 0o755 },
      ...applets
        .filter((applet) => applet !== 'busybox')
        .map((applet) => ({ path: `bin/${applet}`, linkTo: 'busybox' })),
      { path: 'etc/passwd', content: 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/home:/bin/false\n' },
      { path: 'etc/group', content: 'root:x:0:\nnobody:x:65534:\n' },
    ],
    { Cmd: ['sh'] },
  )
}

/** The container that holds a pod's namespaces: it waits, buries orphans, and ends when told to. */
export function pauseImage(name: string): Buffer {
  return containerImage(name, [{ path: 'pause', content: pauseProgram(), mode: 0o755 }], { Entrypoint: ['/pause'] })
}

/**
 * A static program for x86-64 of 224 bytes, so that no compiler is needed:
 *   sigprocmask(SIG_BLOCK, {INT, TERM, CHLD})
 *   for (;;) { signal = sigtimedwait(those); if (signal == CHLD) while (wait4(-1, 0, WNOHANG, 0) > 0); else exit(0) }
 * Blocked signals reach the first process of a pid namespace, ignored ones would not: signal(7), pid_namespaces(7).
 */
function pauseProgram(): Buffer {
  const code = Buffer.from(
    [
      '31ff 488d3557000000 31d2 41ba08000000 b80e000000 0f05', // rt_sigprocmask(SIG_BLOCK, &set, 0, 8)
      '488d3d41000000 31f6 31d2 41ba08000000 b880000000 0f05', // wait: rt_sigtimedwait(&set, 0, 0, 8)
      '85c0 78e4 83f811 751e', // interrupted: wait; not CHLD: done
      '48c7c7ffffffff 31f6 ba01000000 4531d2 b83d000000 0f05', // reap: wait4(-1, 0, WNOHANG, 0)
      '85c0 7fe4 ebc1', // one more: reap; else wait
      '31ff b83c000000 0f05', // done: exit(0)
      '0240010000000000', // set: signals 2, 15, 17
    ]
      .join('')
      .replaceAll(' ', ''),
    'hex',
  )
  const base = 0x400000
  const headers = Buffer.alloc(120)
  headers.write('\x7fELF\x02\x01\x01', 'latin1')
  headers.writeUInt16LE(2, 16) // executable
  headers.writeUInt16LE(62, 18) // x86-64
  headers.writeUInt32LE(1, 20)
  headers.writeBigUInt64LE(BigInt(base + headers.length), 24) // entry
  headers.writeBigUInt64LE(64n, 32) // program headers begin
  headers.writeUInt16LE(64, 52)
  headers.writeUInt16LE(56, 54)
  headers.writeUInt16LE(1, 56)
  headers.writeUInt32LE(1, 64) // load
  headers.writeUInt32LE(5, 68) // read, execute
  headers.writeBigUInt64LE(BigInt(base), 80)
  headers.writeBigUInt64LE(BigInt(base), 88)
  headers.writeBigUInt64LE(BigInt(headers.length + code.length), 96)
  headers.writeBigUInt64LE(BigInt(headers.length + code.length), 104)
  headers.writeBigUInt64LE(0x1000n, 112)
  return Buffer.concat([headers, code])
}
