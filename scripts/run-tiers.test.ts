import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { runTiers } from './run-tiers.ts'
import type { Tier } from './tiers.ts'

let said: string[]
beforeEach(() => {
  said = []
  vi.spyOn(console, 'log').mockImplementation((line: string) => void said.push(line))
})
afterEach(() => vi.restoreAllMocks())

const check = (name: string, code: number, skip?: string): Tier => ({
  name,
  about: name,
  kind: 'check',
  argv: [process.execPath, '-e', `process.exit(${code})`],
  ...(skip ? { skip: () => skip } : {}),
})
const lastLine = () => said.join('\n').split('\n').at(-1)

it('ends with the sums, and 0 when nothing failed', async () => {
  expect(await runTiers([check('a', 0), check('b', 0)])).toBe(0)
  expect(lastLine()).toBe('2 passed, 0 failed')
})

it('runs what comes after a failure, and says 1', async () => {
  expect(await runTiers([check('a', 1), check('b', 0)])).toBe(1)
  expect(lastLine()).toBe('1 passed, 1 failed')
})

it('says why a tier was skipped', async () => {
  expect(await runTiers([check('a', 0), check('b', 1, 'needs Linux')])).toBe(0)
  expect(said.join('\n')).toContain('skipped: b: needs Linux')
  expect(lastLine()).toBe('1 passed, 0 failed, 1 skipped')
})

it('counts a runner that cannot be started, or leaves no report, as a failure', async () => {
  expect(await runTiers([{ ...check('a', 0), argv: ['/nowhere/runner'] }])).toBe(1)
  expect(await runTiers([{ ...check('b', 0), kind: 'vitest' }])).toBe(1)
})
