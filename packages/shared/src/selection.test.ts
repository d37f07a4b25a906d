import { describe, expect, it } from 'vitest'
import { InvalidFieldError } from './errors.ts'
import { compileSelection } from './selection.ts'

const selects = (include: string[], exclude: string[], name: string) =>
  compileSelection({ include, exclude }, 'spec.listConfig.vgs')(name)

describe('compileSelection', () => {
  it.each([
    ['no include selects nothing', [], [], 'vg', false],
    ['a whole match selects', ['open-local-pool-[0-9]+'], [], 'open-local-pool-0', true],
    ['a partial match does not', ['pool'], [], 'pool0', false],
    ['a match in the middle does not', ['ool'], [], 'pool', false],
    ['exclude wins', ['.*'], ['pool1'], 'pool1', false],
    ['leftmost-first: the shorter alternative hides the longer', ['a|ab'], [], 'ab', false],
    ['leftmost-first: order decides', ['ab|a'], [], 'ab', true],
    ['RE2 flags and POSIX classes', ['(?i)POOL[[:digit:]]'], [], 'pool7', true],
    ['an empty expression matches no name', [''], [], 'vg', false],
  ])('%s', (_, include, exclude, name, expected) => expect(selects(include, exclude, name)).toBe(expected))

  it.each(['(', '[a', '(?=x)', '\\1'])('refuses %j with the entry that holds it', (bad) => {
    expect(() => selects(['ok', bad], [], 'x')).toThrow(InvalidFieldError)
    expect(() => selects(['ok', bad], [], 'x')).toThrow(/^spec\.listConfig\.vgs\.include\[1\]: /)
  })
})
