import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { cacheKey, ensureCached } from './cache.ts'
import { cacheRoot } from './home-directory.ts'
import { extractKernel } from './vm-kernel.ts'

const SUITE = 'bookworm'
/** Where Debian's packages come from; none: debootstrap's own choice. */
const MIRROR = process.env.OPEN_LOCAL_DEBIAN_MIRROR ? [process.env.OPEN_LOCAL_DEBIAN_MIRROR] : []
const KERNEL = 'linux-image-cloud-amd64'

/** What a node holds besides Debian's smallest system: LVM, file systems, the container runtime, tools to look with. */
const PACKAGES = [
  'lvm2 thin-provisioning-tools e2fsprogs xfsprogs btrfs-progs cryptsetup-bin util-linux udev kmod nvme-cli smartmontools',
  'iproute2 iptables nftables conntrack runc containernetworking-plugins',
  'socat busybox-static ca-certificates procps strace libatomic1 libstdc++6',
].flatMap((line) => line.split(' '))

/** Files that a node never reads. Locales and documentation are a third of a minimal Debian. */
const UNUSED = ['usr/share/doc', 'usr/share/man', 'usr/share/locale', 'usr/share/info', 'var/cache/apt', 'var/lib/apt']

export interface VmBase {
  /** A Debian root tree with the kernel's modules. */
  root: string
  /** The kernel as plain ELF. */
  kernel: string
  kernelVersion: string
}

/** Debian's packages and its cloud kernel, fetched when not cached; needs root and about two minutes then. */
export async function ensureVmBase(onProgress: (detail: string) => void): Promise<VmBase> {
  const dir = await ensureCached({
    kind: 'vm-base',
    key: cacheKey('3', SUITE, ...MIRROR, KERNEL, ...PACKAGES, ...UNUSED),
    rootOnly: true,
    build: async (dir) => {
      if (process.getuid?.() !== 0)
        throw new Error(
          `The VM image is made once as root; run: sudo OPEN_LOCAL_CACHE=${cacheRoot()} npm start -- --real, stop it, and go on as yourself.`,
        )
      onProgress('Debian packages')
      const root = join(dir, 'root')
      const include = `--include=${PACKAGES.join(',')}`
      await execa('debootstrap', ['--variant=minbase', include, SUITE, root, ...MIRROR], { stdin: 'ignore' })
      for (const path of UNUSED) await execa('rm', ['-rf', join(root, path)])
      onProgress('kernel')
      await addKernel(dir, root)
    },
  })
  const kernelVersion = (await readFile(join(dir, 'kernel-version'), 'utf8')).trim()
  return { root: join(dir, 'root'), kernel: join(dir, 'vmlinux'), kernelVersion }
}

async function addKernel(dir: string, root: string): Promise<void> {
  const download = join(dir, 'kernel')
  await mkdir(download)
  const { stdout } = await execa('apt-cache', ['depends', KERNEL])
  const packageName = stdout.match(/Depends: (linux-image-\S+)/)?.[1]
  if (!packageName) throw new Error(`apt knows no ${KERNEL}; run apt-get update.`)
  await execa('apt-get', ['download', '-q', packageName], { cwd: download, stdin: 'ignore' })
  const [archive] = await readdir(download)
  await execa('dpkg-deb', ['-x', archive ?? '', 'unpacked'], { cwd: download })

  const version = packageName.replace('linux-image-', '')
  const unpacked = join(download, 'unpacked')
  await extractKernel(join(unpacked, 'boot', `vmlinuz-${version}`), join(dir, 'vmlinux'))
  // Debian's root has /lib as a link: copy below it, or dpkg's own /lib would replace the link.
  await mkdir(join(root, 'usr/lib/modules'), { recursive: true })
  await execa('cp', ['-a', join(unpacked, 'lib/modules', version), join(root, 'usr/lib/modules')])
  await execa('chroot', [root, 'depmod', version])
  await writeFile(join(dir, 'kernel-version'), version)
  await execa('rm', ['-rf', download])
}
