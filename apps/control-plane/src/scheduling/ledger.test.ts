import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ClaimRequest, fit } from './fit.ts'
import { Ledger } from './ledger.ts'
import { chargedBytes, type Pool } from './pools.ts'

const GiB = 1n << 30n

const pool = (name: string, gib: bigint, more: Partial<Pool> = {}): Pool => ({
  node: 'n1',
  kind: 'VolumeGroup',
  name,
  mediaType: 'ssd',
  capacityBytes: gib * GiB,
  allocatableBytes: gib * GiB,
  reservedBytes: 0n,
  foreignBytes: 0n,
  extentBytes: 4n << 20n,
  offered: true,
  healthy: true,
  physicalVolumes: [],
  ...more,
})

const claim = (uid: string, gib: bigint): ClaimRequest => ({
  key: `ns/${uid}`,
  uid,
  sizeBytes: gib * GiB,
  parameters: { volumeType: 'LVM', layout: 'linear', wipePolicy: 'zero' },
})

const placed = (ledger: Ledger, ...claims: ClaimRequest[]) => {
  const found = fit('n1', ledger.statesOf('n1', claims), claims, 'spread')
  if (!('placements' in found)) throw new Error(found.refusal)
  return found.placements
}
const available = (ledger: Ledger) => ledger.statesOf('n1').map((p) => p.availableBytes / GiB)

describe('Ledger', () => {
  it('forget undoes assume', () => {
    const ledger = new Ledger()
    ledger.setPools('n1', [pool('a', 10n)])
    expect(ledger.assume('ns/p', placed(ledger, claim('x', 4n)), 100)).toBe(true)
    expect(available(ledger)).toEqual([6n])
    ledger.forget('x')
    expect(available(ledger)).toEqual([10n])
  })

  it('P1: a claim made anew under an old name is counted anew', () => {
    const ledger = new Ledger()
    ledger.setPools('n1', [pool('a', 10n)])
    ledger.confirm('v1', 'NodeLocalVolume', {
      node: 'n1',
      kind: 'VolumeGroup',
      pool: 'a',
      sizeBytes: 4n * GiB,
      claimKey: 'ns/data',
      claimUid: 'u1',
    })
    ledger.unconfirm('v1', 'NodeLocalVolume')
    ledger.assume('ns/p', placed(ledger, { ...claim('u2', 4n), key: 'ns/data' }), 100)
    expect(available(ledger)).toEqual([6n])
  })

  it('P7: assumes all of a pod’s claims or none', () => {
    const ledger = new Ledger()
    ledger.setPools('n1', [pool('a', 10n)])
    const both = placed(ledger, claim('x', 5n), claim('y', 5n))
    ledger.confirm('v', 'NodeLocalVolume', { node: 'n1', kind: 'VolumeGroup', pool: 'a', sizeBytes: 1n * GiB })
    expect(ledger.assume('ns/p', both, 100)).toBe(false)
    expect(available(ledger)).toEqual([9n])
  })

  it('P8: what was assumed ages out, and leaves with its pod', () => {
    const ledger = new Ledger()
    ledger.setPools('n1', [pool('a', 10n)])
    ledger.assume('ns/p', placed(ledger, claim('x', 4n)), 100)
    ledger.assume('ns/q', placed(ledger, claim('y', 4n)), 200)
    expect(ledger.expire(99)).toEqual([])
    expect(ledger.expire(100)).toEqual(['x'])
    ledger.forgetPod('ns/q')
    expect(available(ledger)).toEqual([10n])
  })

  it('P14: a pool that is briefly gone comes back with its promises', () => {
    const ledger = new Ledger()
    ledger.setPools('n1', [pool('a', 10n)])
    ledger.confirm('v', 'NodeLocalVolume', { node: 'n1', kind: 'VolumeGroup', pool: 'a', sizeBytes: 3n * GiB })
    ledger.setPools('n1', [])
    expect(ledger.statesOf('n1')).toEqual([])
    ledger.setPools('n1', [pool('a', 10n)])
    expect(available(ledger)).toEqual([7n])
    ledger.removeNode('n1')
    expect(ledger.statesOf('n1')).toEqual([])
  })

  it('counts a volume once that both a NodeLocalVolume and a PersistentVolume name', () => {
    const ledger = new Ledger()
    ledger.setPools('n1', [pool('a', 10n)])
    const entry = { node: 'n1', kind: 'VolumeGroup', pool: 'a', sizeBytes: 2n * GiB } as const
    ledger.confirm('v', 'PersistentVolume', entry)
    ledger.confirm('v', 'NodeLocalVolume', entry)
    expect(available(ledger)).toEqual([8n])
    ledger.unconfirm('v', 'NodeLocalVolume')
    expect(available(ledger)).toEqual([8n])
    ledger.unconfirm('v', 'PersistentVolume')
    expect(available(ledger)).toEqual([10n])
  })
})

/** One step of a random history: what the API, the scheduler and time may do. */
const step = fc.oneof(
  fc.record({
    do: fc.constant('schedule' as const),
    pod: fc.nat(5),
    sizes: fc.array(fc.bigInt(1n, 6n), { minLength: 1, maxLength: 3 }),
  }),
  fc.record({ do: fc.constant('write' as const), pick: fc.nat() }),
  fc.record({ do: fc.constant('delete' as const), pick: fc.nat() }),
  fc.record({ do: fc.constant('forget' as const), pick: fc.nat() }),
  fc.record({ do: fc.constant('tick' as const), ms: fc.nat(80) }),
  fc.record({ do: fc.constant('relist' as const) }),
)

it('after any sequence of events nothing is promised twice, nothing leaks, and a rebuild gives the same books', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const pools = [pool('a', 10n), pool('b', 7n)]
      const ledger = new Ledger()
      ledger.setPools('n1', pools)
      let now = 0
      let next = 0
      const assumed = new Map<string, bigint>()
      const written = new Map<string, { pool: string; bytes: bigint; uid: string }>()
      for (const s of steps) {
        if (s.do === 'schedule') {
          const claims = s.sizes.map((size) => claim(`c${next++}`, size))
          const found = fit('n1', ledger.statesOf('n1', claims), claims, s.pod % 2 ? 'binpack' : 'spread')
          if ('placements' in found) {
            expect(ledger.assume(`ns/p${s.pod}`, found.placements, now + 100)).toBe(true)
            for (const p of found.placements) assumed.set(p.claim.uid, p.bytes)
          }
        } else if (s.do === 'write' && assumed.size) {
          const uid = [...assumed.keys()][s.pick % assumed.size]!
          const placement = ledger.assumptionOf(uid)
          if (placement) {
            written.set(`v-${uid}`, { pool: placement.pool, bytes: placement.bytes, uid })
            const entry = {
              node: 'n1',
              kind: 'VolumeGroup',
              pool: placement.pool,
              sizeBytes: placement.bytes,
              claimUid: uid,
            } as const
            ledger.confirm(`v-${uid}`, 'NodeLocalVolume', entry)
            ledger.confirm(`v-${uid}`, 'NodeLocalVolume', entry)
            assumed.delete(uid)
          }
        } else if (s.do === 'delete' && written.size) {
          const id = [...written.keys()][s.pick % written.size]!
          ledger.unconfirm(id, 'NodeLocalVolume')
          ledger.unconfirm(id, 'NodeLocalVolume')
          written.delete(id)
        } else if (s.do === 'forget' && assumed.size) {
          const uid = [...assumed.keys()][s.pick % assumed.size]!
          ledger.forget(uid)
          assumed.delete(uid)
        } else if (s.do === 'tick') {
          now += s.ms
          for (const uid of ledger.expire(now)) assumed.delete(uid)
        } else if (s.do === 'relist') {
          ledger.setPools('n1', pools)
          for (const [id, v] of written)
            ledger.confirm(id, 'NodeLocalVolume', {
              node: 'n1',
              kind: 'VolumeGroup',
              pool: v.pool,
              sizeBytes: v.bytes,
              claimUid: v.uid,
            })
        }
        // The books equal what a list of all promises adds up to, and no pool is promised beyond what it has.
        const promised = [...assumed.values(), ...[...written.values()].map((v) => v.bytes)].reduce((a, b) => a + b, 0n)
        const booked = pools.reduce((sum, p) => sum + ledger.allocatedBytes(p), 0n)
        expect(booked).toBe(promised)
        for (const p of pools) expect(ledger.allocatedBytes(p) <= p.allocatableBytes).toBe(true)
      }
      const rebuilt = new Ledger()
      for (const [id, v] of written)
        rebuilt.confirm(id, 'NodeLocalVolume', {
          node: 'n1',
          kind: 'VolumeGroup',
          pool: v.pool,
          sizeBytes: v.bytes,
          claimUid: v.uid,
        })
      rebuilt.setPools('n1', pools)
      for (const uid of assumed.keys()) ledger.forget(uid)
      expect(rebuilt.statesOf('n1')).toEqual(ledger.statesOf('n1'))
    }),
    { numRuns: 300 },
  )
})

it('charges whole extents', () => {
  expect(chargedBytes(pool('a', 1n), 1n)).toBe(4n << 20n)
  expect(chargedBytes(pool('a', 1n), (4n << 20n) + 1n)).toBe(8n << 20n)
})
