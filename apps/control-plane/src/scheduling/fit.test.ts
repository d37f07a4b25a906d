import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ClaimRequest, fit, type PoolState, type Strategy } from './fit.ts'
import { score } from './score.ts'

const GiB = 1n << 30n
const vg = (name: string, available: bigint, more: Partial<PoolState> = {}): PoolState => ({
  node: 'n1',
  kind: 'VolumeGroup',
  name,
  mediaType: 'ssd',
  capacityBytes: 1000n * GiB,
  allocatableBytes: 1000n * GiB,
  reservedBytes: 0n,
  foreignBytes: 0n,
  extentBytes: 4n << 20n,
  offered: true,
  healthy: true,
  physicalVolumes: [],
  availableBytes: available * GiB,
  ...more,
})
const device = (name: string, gib: bigint, more: Partial<PoolState> = {}): PoolState =>
  vg(name, gib, {
    kind: 'BlockDevice',
    capacityBytes: gib * GiB,
    allocatableBytes: gib * GiB,
    extentBytes: 1n,
    ...more,
  })
const claim = (name: string, gib: bigint, parameters: Partial<ClaimRequest['parameters']> = {}): ClaimRequest => ({
  key: `ns/${name}`,
  uid: name,
  sizeBytes: gib * GiB,
  parameters: { volumeType: 'LVM', layout: 'linear', wipePolicy: 'zero', ...parameters },
})
const where = (pools: PoolState[], claims: ClaimRequest[], strategy: Strategy = 'spread') => {
  const found = fit('n1', pools, claims, strategy)
  return 'refusal' in found ? found.refusal : Object.fromEntries(found.placements.map((p) => [p.claim.uid, p.pool]))
}

describe('fit', () => {
  it.each<[string, PoolState[], ClaimRequest[], Strategy, unknown]>([
    ['spread takes the pool with most room', [vg('a', 10n), vg('b', 20n)], [claim('x', 5n)], 'spread', { x: 'b' }],
    ['binpack takes the tightest', [vg('a', 10n), vg('b', 20n)], [claim('x', 5n)], 'binpack', { x: 'a' }],
    [
      'P4: spread counts a pod’s first claim against its second',
      [vg('a', 10n), vg('b', 9n)],
      [claim('x', 8n), claim('y', 8n)],
      'spread',
      { x: 'a', y: 'b' },
    ],
    [
      'P5: claims that fit in some order do fit',
      [vg('a', 6n), vg('b', 4n)],
      [claim('x', 4n), claim('y', 3n), claim('z', 3n)],
      'spread',
      { x: 'b', y: 'a', z: 'a' },
    ],
    [
      'a pinned claim keeps its VolumeGroup',
      [vg('a', 10n), vg('b', 20n)],
      [claim('x', 5n, { vgName: 'a' }), claim('y', 6n)],
      'binpack',
      { x: 'a', y: 'b' },
    ],
    [
      'P3: two claims never share one device',
      [device('/dev/b', 200n), device('/dev/a', 150n)],
      [claim('x', 150n, { volumeType: 'Device' }), claim('y', 150n, { volumeType: 'Device' })],
      'spread',
      { x: '/dev/a', y: '/dev/b' },
    ],
    [
      'P11: a device claim without media type takes any medium',
      [device('/dev/a', 10n, { mediaType: 'hdd' })],
      [claim('x', 1n, { volumeType: 'Device' })],
      'spread',
      { x: '/dev/a' },
    ],
  ])('%s', (_, pools, claims, strategy, expected) => expect(where(pools, claims, strategy)).toEqual(expected))

  it.each<[string, PoolState[], ClaimRequest[], RegExp]>([
    [
      'numbers of the nearest pool',
      [vg('pool0', 312n / 10n, { reservedBytes: 4n * GiB })],
      [claim('x', 50n)],
      /^Insufficient space on node n1: pool0: claim x asks 50 GiB, 31 GiB available of 1000 GiB, 4 GiB reserved$/,
    ],
    [
      'P3: fewer devices than claims',
      [device('/dev/a', 100n), device('/dev/b', 200n)],
      [claim('x', 150n, { volumeType: 'Device' }), claim('y', 150n, { volumeType: 'Device' })],
      /Insufficient/,
    ],
    [
      'claims that only fit one at a time',
      [vg('a', 5n)],
      [claim('x', 4n), claim('y', 4n)],
      /Insufficient space on node n1: its 2 claims ask 8 GiB together/,
    ],
    [
      'no pool of the kind',
      [vg('a', 5n)],
      [claim('x', 4n, { volumeType: 'MountPoint' })],
      /has no MountPoint for claim x: there is none/,
    ],
    [
      'a pool that is not offered',
      [vg('a', 50n, { offered: false })],
      [claim('x', 4n)],
      /listConfig does not offer it/,
    ],
    ['a faulty pool', [vg('a', 50n, { healthy: false })], [claim('x', 4n)], /it is faulty/],
    ['P17: a claim of size 0', [vg('a', 50n)], [claim('x', 0n)], /asks 0 B/],
    [
      'a device that holds a volume',
      [device('/dev/a', 10n, { availableBytes: 0n })],
      [claim('x', 1n, { volumeType: 'Device' })],
      /Insufficient/,
    ],
  ])('refuses with %s', (_, pools, claims, message) => expect(where(pools, claims)).toMatch(message))

  it('never takes more of a pool than it has, and places every claim or none', () => {
    const pools = fc.array(fc.bigInt(0n, 12n), { minLength: 1, maxLength: 4 })
    const sizes = fc.array(fc.bigInt(1n, 8n), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(pools, sizes, fc.constantFrom<Strategy>('spread', 'binpack'), (free, asked, strategy) => {
        const states = free.map((gib, i) => vg(`p${i}`, gib))
        const found = fit(
          'n1',
          states,
          asked.map((gib, i) => claim(`c${i}`, gib)),
          strategy,
        )
        if ('refusal' in found) {
          // Not even the sum, or not the largest, fits; or it is a matter of packing, which brute force decides.
          expect(packs(free, asked)).toBe(false)
          return
        }
        expect(found.placements).toHaveLength(asked.length)
        for (const state of states) {
          const taken = found.placements.filter((p) => p.pool === state.name).reduce((sum, p) => sum + p.bytes, 0n)
          expect(taken <= state.availableBytes).toBe(true)
        }
        const points = score(states, found.placements, strategy)
        expect(Number.isInteger(points) && points >= 0 && points <= 10).toBe(true)
      }),
    )
  })
})

function packs(free: bigint[], asked: bigint[]): boolean {
  const [first, ...rest] = asked
  if (first === undefined) return true
  return free.some((f, i) => f >= first && packs(free.with(i, f - first), rest))
}

describe('score', () => {
  const pools = [vg('empty', 1000n), vg('full', 100n)]
  const on = (pool: string) => [
    { claim: claim('x', 50n), node: 'n1', kind: 'VolumeGroup' as const, pool, bytes: 50n * GiB },
  ]
  it('counts what others use: P16', () => {
    expect(score(pools, on('empty'), 'spread')).toBeGreaterThan(score(pools, on('full'), 'spread'))
    expect(score(pools, on('empty'), 'binpack')).toBeLessThan(score(pools, on('full'), 'binpack'))
  })
  it('is 0 without placements', () => expect(score(pools, [], 'spread')).toBe(0))
})
