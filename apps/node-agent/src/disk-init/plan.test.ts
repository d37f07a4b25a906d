import type { ResourceToBeInited } from '@open-local/shared'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BlockDevice } from '../host/host.ts'
import type { DeviceFacts } from './facts.ts'
import { type Observed, planInit } from './plan.ts'

function factsOf(path: string, more: Partial<DeviceFacts> = {}, device: Partial<BlockDevice> = {}): DeviceFacts {
  const nothing = { holders: [], partitions: [], usedBy: [] }
  const blank = { path, sizeBytes: 1n << 30n, readOnly: false, rotational: false, ...nothing, ...device }
  return { path, device: blank, signature: undefined, zeroEnds: true, idle: true, ...more }
}

function observed(facts: DeviceFacts[], more: Partial<Observed> = {}): Observed {
  const nothing = { volumeGroups: [], orphanDevices: [], mounts: [] }
  return { ...nothing, facts: new Map(facts.map((f) => [f.path, f])), ...more }
}

const pool = (...devices: string[]): ResourceToBeInited => ({ vgs: [{ name: 'pool0', devices }] })
const ext4 = { type: 'ext4', usage: 'filesystem' as const }

it('makes a group of blank devices by their real paths', () => {
  const facts = [factsOf('/dev/disk/by-id/x', {}, { path: '/dev/sda' }), factsOf('/dev/sdb')]
  expect(planInit(pool('/dev/disk/by-id/x', '/dev/sdb'), observed(facts))).toEqual({
    steps: [{ kind: 'createVolumeGroup', name: 'pool0', devices: ['/dev/sda', '/dev/sdb'] }],
    refusals: [],
  })
})

describe('each sign of use is named, and refuses the whole group', () => {
  it.each<[string, Partial<DeviceFacts>, Partial<BlockDevice>?]>([
    ['is no disk or partition', { device: undefined }],
    ['could not be read (EIO)', { error: 'EIO' }],
    ['is read-only', {}, { readOnly: true }],
    ['is mounted at /data', {}, { usedBy: ['/data'] }],
    ['is used as swap', {}, { usedBy: ['swap'] }],
    ['is held by dm-3', {}, { holders: ['dm-3'] }],
    ['has partitions (/dev/sda1)', {}, { partitions: ['/dev/sda1'] }],
    ['carries ext4', { signature: ext4 }],
    ['carries LVM2_member', { signature: { type: 'LVM2_member', usage: 'raid' } }],
    ['is opened by something else', { idle: false }],
    ['has something written in its first or last MiB', { zeroEnds: false }],
  ])('%s', (words, facts, device) => {
    const { steps, refusals } = planInit(
      pool('/dev/sda', '/dev/sdb'),
      observed([factsOf('/dev/sda', facts, device), factsOf('/dev/sdb')]),
    )
    expect(steps).toEqual([])
    expect(refusals).toHaveLength(1)
    expect(refusals[0]).toMatchObject({ target: 'pool0', device: '/dev/sda' })
    expect(refusals[0]?.message).toContain(`/dev/sda ${words}`)
  })
})

it('takes up a label that our own killed vgcreate left, in no group', () => {
  const half = factsOf('/dev/sda', { signature: { type: 'LVM2_member', usage: 'raid' }, zeroEnds: false })
  expect(planInit(pool('/dev/sda'), observed([half], { orphanDevices: ['/dev/sda'] })).steps).toHaveLength(1)
  const mounted = factsOf('/dev/sda', { signature: half.signature }, { holders: ['dm-0'] })
  expect(planInit(pool('/dev/sda'), observed([mounted], { orphanDevices: ['/dev/sda'] })).steps).toEqual([])
})

it('leaves a group that exists as it is', () => {
  const group = { name: 'pool0' } as Observed['volumeGroups'][number]
  expect(planInit(pool('/dev/sda'), observed([], { volumeGroups: [group] }))).toEqual({ steps: [], refusals: [] })
})

it('gives no device to two things', () => {
  const wanted: ResourceToBeInited = {
    vgs: [
      { name: 'a', devices: ['/dev/sda'] },
      { name: 'b', devices: ['/dev/sda'] },
    ],
    mountpoints: [{ path: '/mnt/a', device: '/dev/sda' }],
  }
  const { steps, refusals } = planInit(wanted, observed([factsOf('/dev/sda')]))
  expect(steps).toEqual([{ kind: 'createVolumeGroup', name: 'a', devices: ['/dev/sda'] }])
  expect(refusals.map((r) => r.target)).toEqual(['b', '/mnt/a'])
})

describe('mount points', () => {
  const wanted = (fsType?: string): ResourceToBeInited => ({
    mountpoints: [{ path: '/mnt/open-local/a', device: '/dev/sda', fsType, options: ['noatime'] }],
  })
  const mount = { kind: 'mount', device: '/dev/sda', path: '/mnt/open-local/a', fsType: 'ext4', options: ['noatime'] }

  it('makes a file system only on a blank device', () => {
    expect(planInit(wanted(), observed([factsOf('/dev/sda')])).steps).toEqual([
      { kind: 'makeFileSystem', device: '/dev/sda', fsType: 'ext4' },
      mount,
    ])
  })

  it('mounts one that is there, as after a reboot, and never makes it again', () => {
    expect(planInit(wanted(), observed([factsOf('/dev/sda', { signature: ext4, zeroEnds: false })])).steps).toEqual([
      mount,
    ])
  })

  it('refuses another file system, and one it does not offer', () => {
    const there = observed([factsOf('/dev/sda', { signature: ext4 })])
    expect(planInit(wanted('xfs'), there)).toMatchObject({ steps: [], refusals: [{ target: '/mnt/open-local/a' }] })
    expect(planInit(wanted('btrfs'), observed([factsOf('/dev/sda')])).steps).toEqual([])
  })
})

it('never plans anything for a device with any sign of use', () => {
  const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 })
  const device = fc.record({
    absent: fc.boolean(),
    error: maybe(fc.constant('EIO')),
    readOnly: fc.boolean(),
    usedBy: fc.subarray(['/data', 'swap']),
    holders: fc.subarray(['dm-0', 'md0']),
    partitions: fc.subarray(['/dev/x1']),
    signature: maybe(fc.constantFrom('ext4', 'xfs', 'LVM2_member', 'gpt', 'crypto_LUKS', 'ambivalent')),
    zeroEnds: fc.boolean(),
    idle: fc.boolean(),
  })
  const disks = ['/dev/a', '/dev/b', '/dev/c']
  fc.assert(
    fc.property(
      fc.tuple(device, device, device),
      fc.array(fc.subarray(disks, { minLength: 1 }), { maxLength: 3 }),
      fc.array(fc.record({ device: fc.constantFrom(...disks), fsType: fc.constantFrom('ext4', 'xfs') }), {
        maxLength: 3,
      }),
      fc.subarray(disks),
      (states, groups, points, orphanDevices) => {
        const facts = states.map((state, i) => {
          const { signature, error, zeroEnds, idle, absent, ...rest } = state
          const more = {
            error,
            zeroEnds,
            idle,
            signature: signature ? { type: signature, usage: 'other' as const } : undefined,
          }
          const full = factsOf(disks[i]!, more, rest)
          return absent ? { ...full, device: undefined } : full
        })
        const wanted: ResourceToBeInited = {
          vgs: groups.map((devices, i) => ({ name: `g${i}`, devices })),
          mountpoints: points.map((point, i) => ({ path: `/mnt/${i}`, ...point })),
        }
        const { steps, refusals } = planInit(wanted, observed(facts, { orphanDevices }))
        const seen = new Set<string>()
        for (const step of steps) {
          for (const path of step.kind === 'createVolumeGroup' ? step.devices : [step.device]) {
            const state = states[disks.indexOf(path)]!
            const inUse = state.usedBy.length + state.holders.length + state.partitions.length > 0
            expect([state.absent, state.error, state.readOnly, inUse, state.idle]).toEqual([
              false,
              undefined,
              false,
              false,
              true,
            ])
            if (step.kind === 'mount') {
              expect([undefined, step.fsType]).toContain(state.signature)
              continue
            }
            expect(seen.has(path)).toBe(false)
            seen.add(path)
            const halfDone =
              step.kind === 'createVolumeGroup' && state.signature === 'LVM2_member' && orphanDevices.includes(path)
            if (halfDone) continue
            expect([state.signature, state.zeroEnds]).toEqual([undefined, true])
          }
        }
        // Whatever was asked for either happens or is refused with a reason.
        const told = new Set([
          ...steps.map((s) => ('name' in s ? s.name : 'path' in s ? s.path : '')),
          ...refusals.map((r) => r.target),
        ])
        for (const name of [...wanted.vgs!.map((g) => g.name), ...wanted.mountpoints!.map((m) => m.path)])
          expect(told).toContain(name)
      },
    ),
    { numRuns: 500 },
  )
})
