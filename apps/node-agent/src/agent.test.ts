import { silentLog } from '@open-local/kube'
import { expect, it } from 'vitest'
import { walk } from './agent-walk.ts'
import { simulatedHost } from './host/simulated-host.ts'

it('goes from blank disks to a deleted volume, with one LVM process for each change and none for anything else', async () => {
  const host = simulatedHost([4n << 30n, 4n << 30n])
  const lvmCommands = () => host.state.log.filter((command) => /^(lvm|lv|vg|pv)/.test(command)).length
  await walk({ host, disks: ['/dev/sda', '/dev/sdb'], lvmCommands, log: silentLog, timeoutMs: 10_000 })
  expect(host.state.log).toContain('blkdiscard --zeroout /dev/pool0/local-1')
  expect(host.state.mounts).toEqual([])
})
