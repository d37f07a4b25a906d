import { readFile } from 'node:fs/promises'
import { execa } from 'execa'
import type { Progress } from './progress.ts'

/** What running the cluster takes on the host. */
export const RUN_PACKAGES = ['qemu-system-x86', 'util-linux']

/** What making the VM image takes besides. */
export const IMAGE_PACKAGES = ['qemu-utils', 'debootstrap', 'erofs-utils', 'cpio', 'lz4', 'xz-utils']

/**
 * Every named Debian package is installed; as root the missing ones are fetched without asking.
 * Throws one sentence with what to do where this is not Debian, or not root and something is missing.
 */
export async function ensureDebianPackages(packages: string[], progress: Progress): Promise<void> {
  const missing = await missingPackages(packages)
  if (missing.length === 0) return
  if (process.getuid?.() !== 0)
    throw new Error(`These Debian packages are missing; run once as root: apt-get install ${missing.join(' ')}`)
  const step = progress.step(`install ${missing.join(', ')}`)
  const apt = { env: { DEBIAN_FRONTEND: 'noninteractive' }, stdin: 'ignore', all: true } as const
  await execa('apt-get', ['update', '-q'], apt)
  await execa('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...missing], apt)
  step.done()
}

async function missingPackages(packages: string[]): Promise<string[]> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '')
  if (process.platform !== 'linux' || !/^ID(_LIKE)?=.*debian/m.test(release))
    throw new Error('A cluster of virtual machines needs Debian 12 or a system made from it; this is something else.')
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query fills these in
  const query = await execa('dpkg-query', ['-W', '-f', '${Package} ${db:Status-Status}\n', ...packages], {
    reject: false,
  })
  const installed = new Set(query.stdout.split('\n').flatMap((line) => line.match(/^(\S+) installed$/)?.[1] ?? []))
  return packages.filter((name) => !installed.has(name))
}
