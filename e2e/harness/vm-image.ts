import { chmod, copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { cacheKey, ensureCached, isCached } from './cache.ts'
import { busyboxImage, pauseImage } from './container-image.ts'
import { ensureDebianPackages, IMAGE_PACKAGES } from './debian-packages.ts'
import { ensureKubernetesBinaries, kubernetesBinariesKey } from './kubernetes-binaries.ts'
import { GUEST } from './paths.ts'
import type { Progress } from './progress.ts'
import { ensureVmBase, type VmBase } from './vm-base.ts'

/** Images that are in every node, under the names that manifests use. */
const BUSYBOX_IMAGE = 'registry.k8s.io/e2e-test-images/busybox:1.37.0-1'
const PAUSE_IMAGE = 'registry.k8s.io/pause:3.10.2'

/** Modules that the initrd loads, in this order: the disk, the network, the root's file system, QEMU's secret. */
const INITRD_MODULES = [
  'virtio_ring virtio virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci virtio_blk failover net_failover virtio_net',
  'overlay crc32c-intel libcrc32c erofs qemu_fw_cfg',
].flatMap((line) => line.split(' '))

/** Where each file of `guest/` goes. */
const GUEST_FILES: Record<string, string> = {
  vminit: 'usr/sbin/vminit',
  'shell-server': 'usr/local/sbin/shell-server',
  'start-containerd': 'usr/local/sbin/start-containerd',
  'start-kubelet': 'usr/local/sbin/start-kubelet',
  'kubelet.yaml': 'etc/open-local/kubelet.yaml',
  '10-ptp.conflist': 'etc/open-local/10-ptp.conflist',
  'containerd.toml': 'etc/containerd/config.toml',
}

export interface VmImage {
  /** Names this image in the keys of what is made from it. */
  key: string
  kernel: string
  initrd: string
  /** Read-only root, shared by every VM. */
  root: string
}

/** The image every VM node starts from: Debian, LVM, containerd, the kubelet, Node; made when it is not cached. */
export async function ensureVmImage(progress: Progress): Promise<VmImage> {
  const node = nodeBinary()
  const guest = await Promise.all((await readdir(GUEST)).sort().map((name) => readFile(join(GUEST, name), 'utf8')))
  const recipe = [INITRD_MODULES, GUEST_FILES, BUSYBOX_IMAGE, PAUSE_IMAGE].map((part) => JSON.stringify(part))
  const key = cacheKey('1', ...guest, ...recipe, node.version, await kubernetesBinariesKey())
  if (!(await isCached({ kind: 'vm-image', key }))) await ensureDebianPackages(IMAGE_PACKAGES, progress)
  const dir = await ensureCached({
    kind: 'vm-image',
    key,
    keep: 2,
    build: async (dir) => {
      const step = progress.step('make the VM image (once, about two minutes)')
      const base = await ensureVmBase((detail) => step.update(detail))
      const binaries = await ensureKubernetesBinaries(progress)
      step.update('container images, kubelet, Node')
      const root = join(dir, 'root')
      await execa('cp', ['-a', '--reflink=auto', base.root, root])
      await fillRoot(root, binaries, node.path)
      step.update('file system image')
      await execa('mkfs.erofs', ['--quiet', join(dir, 'root.erofs'), root])
      await execa('rm', ['-rf', root])
      await makeInitrd(dir, base)
      await copyFile(base.kernel, join(dir, 'vmlinux'))
      step.done()
    },
  })
  return { key, kernel: join(dir, 'vmlinux'), initrd: join(dir, 'initrd.cpio'), root: join(dir, 'root.erofs') }
}

async function fillRoot(root: string, binaries: string, node: string): Promise<void> {
  for (const [name, target] of Object.entries(GUEST_FILES)) {
    await mkdir(dirname(join(root, target)), { recursive: true })
    await copyFile(join(GUEST, name), join(root, target))
  }
  const bin = join(root, 'usr/local/bin')
  for (const name of ['containerd', 'containerd-shim-runc-v2', 'ctr', 'kubelet'])
    await copyFile(join(binaries, name), join(bin, name))
  await copyFile(node, join(bin, 'node'))
  await chmod(join(bin, 'node'), 0o755)
  for (const path of ['opt/images', 'etc/cni/net.d']) await mkdir(join(root, path), { recursive: true })

  const busybox = join(root, 'bin/busybox')
  const { stdout } = await execa(busybox, ['--list'])
  const images = join(root, 'opt/images')
  await writeFile(join(images, 'busybox.tar'), busyboxImage(BUSYBOX_IMAGE, await readFile(busybox), stdout.split('\n')))
  await writeFile(join(images, 'pause.tar'), pauseImage(PAUSE_IMAGE))
}

async function makeInitrd(dir: string, base: VmBase): Promise<void> {
  const tree = join(dir, 'initrd')
  for (const path of ['bin', 'modules', 'proc', 'sys', 'dev', 'lower', 'upper', 'root'])
    await mkdir(join(tree, path), { recursive: true })
  await copyFile(join(base.root, 'bin/busybox'), join(tree, 'bin/busybox'))
  await copyFile(join(GUEST, 'init'), join(tree, 'init'))
  const { stdout } = await execa('find', [join(base.root, 'usr/lib/modules', base.kernelVersion), '-name', '*.ko'])
  const modules = new Map(stdout.split('\n').map((path) => [path.slice(path.lastIndexOf('/') + 1), path]))
  for (const name of INITRD_MODULES) {
    const path = modules.get(`${name}.ko`)
    if (!path) throw new Error(`the kernel ${base.kernelVersion} has no module ${name}`)
    await copyFile(path, join(tree, 'modules', `${name}.ko`))
  }
  await writeFile(join(tree, 'modules/order'), INITRD_MODULES.map((name) => `${name}.ko\n`).join(''))
  const { stdout: list } = await execa('find', ['.'], { cwd: tree })
  await execa('cpio', ['-o', '-H', 'newc', '--quiet', '-O', join(dir, 'initrd.cpio')], {
    cwd: tree,
    input: `${list}\n`,
  })
  await execa('rm', ['-rf', tree])
}

/** The Node that npm installed for this checkout. */
function nodeBinary(): { path: string; version: string } {
  const manifest = createRequire(import.meta.url).resolve('node/package.json')
  const { version } = createRequire(import.meta.url)(manifest) as { version: string }
  return { path: join(dirname(manifest), 'bin/node'), version }
}
