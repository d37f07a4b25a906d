import { expect, it } from 'vitest'
import { parseSize } from './size.ts'

it.each([
  ['1048576', 1_048_576n],
  ['512Mi', 536_870_912n],
  ['8Gi', 8_589_934_592n],
  ['2Ti', 2_199_023_255_552n],
])('reads %s', (text, bytes) => expect(parseSize(text)).toBe(bytes))

it.each(['', '8Q', '8G', '-1Gi', '1.5Gi', '1Ki', '0'])('refuses "%s" and shows how to write it', (text) =>
  expect(() => parseSize(text)).toThrow('write for example 8Gi'),
)
