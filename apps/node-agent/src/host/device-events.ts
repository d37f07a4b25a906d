import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** Ends with us, also when we are killed: nothing of the agent stays behind on the node. */
const MONITOR = ['setpriv', '--pdeathsig', 'TERM', 'udevadm', 'monitor', '--kernel', '--subsystem-match=block'] as const
const FIRST_RETRY_MS = 1_000
const LONGEST_RETRY_MS = 60_000

/**
 * The kernel's own events of disks and partitions (`udevadm monitor --kernel`), which need no udevd. Calls back with
 * the device's path, and without one whenever listening began, for what may have been missed. When the command ends
 * or can't be started it is tried again, ever less often. Returns the way to stop.
 */
export function watchKernelEvents(
  onEvent: (path?: string) => void,
  command: readonly string[] = MONITOR,
  firstRetryMs = FIRST_RETRY_MS,
): () => void {
  let stopped = false
  let delay = firstRetryMs
  let retry: NodeJS.Timeout | undefined
  let child: ReturnType<typeof listen>

  function listen() {
    const [file = '', ...args] = command
    const started = spawn(file, args, { stdio: ['ignore', 'pipe', 'ignore'] })
    createInterface({ input: started.stdout }).on('line', (line) => {
      // Its greeting is written once it listens.
      if (line.startsWith('KERNEL - ')) return onEvent()
      const path = deviceOfEvent(line)
      if (path === undefined) return
      delay = firstRetryMs
      onEvent(path)
    })
    started.on('error', () => {})
    started.on('close', () => {
      if (stopped) return
      retry = setTimeout(() => {
        child = listen()
      }, delay)
      delay = Math.min(delay * 2, LONGEST_RETRY_MS)
    })
    return started
  }

  child = listen()
  return () => {
    stopped = true
    clearTimeout(retry)
    child.kill()
  }
}

/**
 * `KERNEL[12.345678] add      /devices/…/block/sda (block)`. Undefined for other lines, and for mapped devices, loops
 * and RAM disks: LVM's own changes are told by LVM.
 */
export function deviceOfEvent(line: string): string | undefined {
  const name = /^KERNEL\[[\d.]+\] \w+ +\/devices\/\S*\/([^/\s]+) \(block\)$/.exec(line)?.[1]
  return name === undefined || /^(dm-|loop|ram|zram)\d+$/.test(name) ? undefined : `/dev/${name.replaceAll('!', '/')}`
}
