import { execa } from 'execa'

/**
 * Why virtual machines cannot be run here, in one sentence; undefined when they can.
 * As root what is missing gets installed, so only another kind of system stands in the way.
 */
export async function whyNoVirtualMachines(): Promise<string | undefined> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'virtual machines need Linux on x86-64'
  if (process.getuid?.() === 0) return undefined
  const { failed } = await execa('qemu-system-x86_64', ['--version'], { reject: false })
  return failed ? 'QEMU is missing; run once as root: apt-get install qemu-system-x86' : undefined
}
