import { join } from 'node:path'
import { ensureDebianPackages, RUN_PACKAGES } from './debian-packages.ts'
import { type Progress, silentProgress } from './progress.ts'
import { freeSlot } from './slot.ts'
import type { Forward } from './vm.ts'
import { type DiskRequest, VmNode } from './vm-node.ts'
import { ensureVmTemplate } from './vm-template.ts'
import { temporaryWorkDir } from './work-dir.ts'

export interface StandaloneOptions {
  disks?: (string | DiskRequest)[]
  udev?: boolean
  /** Ports of the guest that appear on `node.address`. */
  forwards?: Forward[]
  progress?: Progress
}

/** A machine without Kubernetes, for tests of LVM and of the agent's host: Debian, LVM, Node, and blank disks. */
export async function startVmNode(options: StandaloneOptions = {}): Promise<VmNode & AsyncDisposable> {
  const progress = options.progress ?? silentProgress
  await ensureDebianPackages(RUN_PACKAGES, progress)
  const template = await ensureVmTemplate('bare', progress, options.udev)
  const slot = await freeSlot()
  const work = await temporaryWorkDir()
  const node = new VmNode({
    name: 'vm',
    dir: join(work.path, 'vm'),
    template,
    address: slot.address(1),
    disks: options.disks ?? [],
    forwards: options.forwards ?? [],
  })
  const release = async (): Promise<void> => {
    await node.kill()
    await work.release()
    slot.release()
  }
  try {
    await node.start()
  } catch (error) {
    await release()
    throw error
  }
  return Object.assign(node, { [Symbol.asyncDispose]: release })
}
