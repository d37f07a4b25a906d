import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { codeOf } from '@open-local/shared'
import { expect, it, onTestFinished } from 'vitest'
import { deviceNumberOf, parseProbe } from './linux-devices.ts'
import { linuxFileSystems } from './linux-file-systems.ts'
import { linuxLvm } from './linux-lvm.ts'
import { linuxMounts } from './linux-mounts.ts'
import { parseMountTable } from './mount-table.ts'
import { recordingRun } from './recording-run.ts'
import { commandRunner } from './run.ts'

const MIB = 1024n * 1024n

it('types exactly these commands', async () => {
  const { run, commands } = recordingRun()
  const lvm = linuxLvm(run)
  const volume = {
    volumeGroup: 'pool0',
    name: 'local-1',
    sizeBytes: 100n * MIB,
    stripes: 1,
    tags: ['open-local', 't=1'],
  }
  await lvm.createLogicalVolume(volume)
  await lvm.createLogicalVolume({ ...volume, stripes: 3, tags: [] })
  await lvm.removeLogicalVolume('pool0', 'local-1')
  await lvm.activate('pool0')
  await lvm.createVolumeGroup({ name: 'p', devices: ['/dev/sda', '/dev/sdb'], metadataSizeBytes: 16n * MIB })
  await lvm.createVolumeGroup({ name: 'p', devices: ['/dev/a', '/dev/b', '/dev/c'], metadataSizeBytes: MIB })
  const files = linuxFileSystems(run)
  await files.make('ext4', '/dev/x')
  await files.make('xfs', '/dev/x')
  await files.check('ext4', '/dev/x')
  await files.check('xfs', '/dev/x')
  const mounts = linuxMounts(run)
  await mounts.mount('/dev/x', '/m', 'ext4', [])
  await mounts.mount('/dev/x', '/m', 'xfs', ['noatime', 'discard'])
  await mounts.bind('/m', '/t', ['ro'])
  await mounts.unmount('/t')
  expect(commands.map((argv) => argv.join(' '))).toEqual([
    'lvcreate -n local-1 -L 104857600b -W y -y --addtag open-local --addtag t=1 pool0',
    'lvcreate -n local-1 -L 104857600b -W y -y -i 3 pool0',
    'lvremove -f pool0/local-1',
    'vgchange --activate y pool0',
    'vgcreate --metadatasize 16777216b p /dev/sda /dev/sdb',
    'vgcreate --metadatasize 1048576b --vgmetadatacopies 2 p /dev/a /dev/b /dev/c',
    'mkfs.ext4 -F -m0 /dev/x',
    'mkfs.xfs /dev/x',
    'fsck.ext4 -p /dev/x',
    'mount -t ext4 /dev/x /m',
    'mount -t xfs -o noatime,discard /dev/x /m',
    'mount --bind -o ro /m /t',
    'umount /t',
  ])
})

it.each([
  // Words of LVM 2.03.16.
  ['  Volume group "pool0" has insufficient free space (1971 extents): 25600 required.', 'RESOURCE_EXHAUSTED'],
  ['  Insufficient suitable allocatable extents for logical volume x: 13 more required', 'RESOURCE_EXHAUSTED'],
  ['  Volume group "nope" not found\n  Cannot process volume group nope', 'NOT_FOUND'],
  ['  Failed to find logical volume "pool0/nope"', 'NOT_FOUND'],
  ['  Logical Volume "local-a" already exists in volume group "pool0"', 'ALREADY_EXISTS'],
  ['  Logical volume pool0/local-a contains a filesystem in use.', 'FAILED_PRECONDITION'],
  ['  /dev/sda: write failed after 0 of 512 at 4096: Input/output error', 'INTERNAL'],
])('understands LVM saying %s', async (stderr, code) => {
  const { run } = recordingRun([{ exitCode: 5, stderr }])
  const failure = await linuxLvm(run)
    .removeLogicalVolume('pool0', 'x')
    .catch((error: unknown) => error)
  expect(codeOf(failure)).toBe(code)
  expect(String(failure)).toContain('lvremove -f pool0/x')
})

it('takes repaired for checked, and anything worse for a failure', async () => {
  const { run } = recordingRun([{ exitCode: 1 }, { exitCode: 4, stderr: 'UNEXPECTED INCONSISTENCY' }])
  await linuxFileSystems(run).check('ext4', '/dev/x')
  await expect(linuxFileSystems(run).check('ext4', '/dev/x')).rejects.toThrow('UNEXPECTED INCONSISTENCY')
})

it('reads what blkid found', () => {
  // blkid 2.38.1
  const ext4 = 'DEVNAME=/dev/pool0/a\nUUID=dcc\nVERSION=1.0\nBLOCK_SIZE=1024\nTYPE=ext4\nUSAGE=filesystem\n'
  expect(parseProbe(ext4)).toEqual({ type: 'ext4', usage: 'filesystem' })
  expect(parseProbe('TYPE=LVM2_member\nUSAGE=raid\n')).toEqual({ type: 'LVM2_member', usage: 'raid' })
  expect(parseProbe('PTUUID=1\nPTTYPE=gpt\n')).toEqual({ type: 'gpt', usage: 'partition-table' })
  expect(parseProbe('TYPE=swap\nUSAGE=other\n')).toEqual({ type: 'swap', usage: 'other' })
  expect(parseProbe('')).toBeUndefined()
})

it('reads the mount table', () => {
  const text = [
    '36 28 253:0 / /mnt/a\\040b rw,relatime shared:11 - ext4 /dev/mapper/pool0-local--a rw',
    '37 28 0:5 /mapper/x /pods/dev ro - devtmpfs devtmpfs rw,size=1k',
    '38 28 253:1 / /broken rw - ext4 /dev/dm-1 ro,errors=remount-ro',
    '',
  ].join('\n')
  expect(parseMountTable(text).map((m) => [m.path, m.deviceNumber, m.root, m.fsType, m.readOnly])).toEqual([
    ['/mnt/a b', '253:0', '/', 'ext4', false],
    ['/pods/dev', '0:5', '/mapper/x', 'devtmpfs', true],
    ['/broken', '253:1', '/', 'ext4', true],
  ])
})

it('splits device numbers as Linux does', () => {
  expect(deviceNumberOf(0xfd00n)).toBe('253:0')
  expect(deviceNumberOf(0x10fd00n | (1n << 20n))).toBe('253:256')
})

it('kills a command that does not end, and keeps what others say', async () => {
  const outcomes: string[] = []
  const run = commandRunner(({ command, result }) => outcomes.push(`${command} ${result}`))
  await expect(run('sleep', ['30'], { timeoutMs: 50 })).rejects.toMatchObject({
    timedOut: true,
    code: 'DEADLINE_EXCEEDED',
  })
  await expect(run('ls', ['/no/such'])).rejects.toMatchObject({ argv: ['ls', '/no/such'], exitCode: 2 })
  await expect(run('no-such-command', [])).rejects.toMatchObject({ exitCode: undefined })
  expect(await run('printf', ['%s', '$HOME;`id`'])).toBe('$HOME;`id`')
  expect(await run('env', [])).toMatch(/^LC_ALL=C$/m)
  expect(outcomes).toEqual(['sleep timeout', 'ls failed', 'no-such-command failed', 'printf ok', 'env ok'])
})

it('reads a metadata copy only when it is newer than what is known', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'backup-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  copyFileSync(new URL('testdata/backup-pool0.txt', import.meta.url), join(directory, 'pool0'))
  const lvm = linuxLvm(recordingRun().run, directory)
  const read = await lvm.readBackup('pool0', undefined)
  expect(read?.sequence).toBe(6)
  expect(await lvm.readBackup('pool0', read)).toBeUndefined()
  expect((await lvm.readBackup('pool0', { ...read!, sequence: 5 }))?.sequence).toBe(6)
  expect(await lvm.readBackup('other', undefined)).toBeUndefined()
})
