import { describe, expect, it } from 'vitest'
import { mergePatch } from './merge-patch.ts'

describe('mergePatch', () => {
  it('merges objects, replaces arrays and values, and keeps what it does not touch', () => {
    const row = { name: 'a', space: { total: 10, used: 1 }, agent: { state: 'alive' }, pods: ['x'] }
    const after = mergePatch(row, { space: { used: 2 }, pods: ['y', 'z'] })
    expect(after).toEqual({ name: 'a', space: { total: 10, used: 2 }, agent: { state: 'alive' }, pods: ['y', 'z'] })
    expect(after.agent).toBe(row.agent)
    expect(row.space.used).toBe(1)
  })
  it('makes a value unknown rather than absent', () => {
    expect(mergePatch({ usedBytes: 5 }, { usedBytes: null })).toEqual({ usedBytes: null })
  })
  it('puts an object where there was nothing', () => {
    expect(mergePatch({ claim: null }, { claim: { name: 'a' } })).toEqual({ claim: { name: 'a' } })
  })
})
