import { expect, it, vi } from 'vitest'
import { deviceOfEvent, watchKernelEvents } from './device-events.ts'

it.each([
  [
    'KERNEL[83.218412] add      /devices/pci0000:00/0000:00:03.0/virtio1/host0/target0:0:1/block/sdb (block)',
    '/dev/sdb',
  ],
  ['KERNEL[9.1] remove   /devices/pci0000:00/0000:00:04.0/nvme/nvme0/nvme0n1/nvme0n1p2 (block)', '/dev/nvme0n1p2'],
  ['KERNEL[9.1] change   /devices/platform/cciss/block/cciss!c0d0 (block)', '/dev/cciss/c0d0'],
  ['KERNEL[9.1] add      /devices/virtual/block/dm-3 (block)', undefined],
  ['KERNEL[9.1] change   /devices/virtual/block/loop0 (block)', undefined],
  ['KERNEL - the kernel uevent', undefined],
  ['', undefined],
])('reads %j', (line, path) => {
  expect(deviceOfEvent(line)).toBe(path)
})

it('listens again when the monitor ended, and says that something may have been missed', async () => {
  const events: (string | undefined)[] = []
  const script = 'console.log("KERNEL - the kernel uevent\\nKERNEL[1.0] add      /devices/x/block/sdz (block)")'
  const stop = watchKernelEvents((path) => events.push(path), [process.execPath, '-e', script], 1)
  await vi.waitFor(() => expect(events.length).toBeGreaterThanOrEqual(4), { timeout: 20_000 })
  stop()
  expect(events.slice(0, 4)).toEqual([undefined, '/dev/sdz', undefined, '/dev/sdz'])
})

it('goes on trying where the command is missing', async () => {
  const onEvent = vi.fn()
  const stop = watchKernelEvents(onEvent, ['/no/such/command'], 1)
  await new Promise((resolve) => setTimeout(resolve, 50))
  stop()
  expect(onEvent).not.toHaveBeenCalled()
})
