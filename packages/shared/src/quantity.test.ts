import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InvalidFieldError } from './errors.ts'
import { bytesToJson, formatBytes, formatQuantity, parseQuantity, tryParseQuantity } from './quantity.ts'

describe('parseQuantity', () => {
  it.each([
    ['0', 0n],
    ['1073741824', 1073741824n],
    ['1Gi', 1n << 30n],
    ['1.5Gi', 3n << 29n],
    ['100M', 100_000_000n],
    ['1e3', 1000n],
    ['12E', 12n * 10n ** 18n],
    ['1500m', 2n],
    ['0.1', 1n],
    ['1.', 1n],
    ['7Ei', 7n << 60n],
  ])('%s is %s bytes, rounded up', (text, bytes) => expect(parseQuantity(text)).toBe(bytes))

  it.each(['', '-1Gi', '1GiB', 'ten', '1 Gi', '0x10', '1gi', 'NaN', '1e999'])(
    'refuses %j and names the field',
    (text) => {
      expect(() => parseQuantity(text, 'spec.size')).toThrow(InvalidFieldError)
      expect(() => parseQuantity(text, 'spec.size')).toThrow(/^spec\.size: /)
      expect(tryParseQuantity(text)).toBeUndefined()
    },
  )

  it('reads back what formatQuantity writes', () => {
    fc.assert(fc.property(fc.bigInt(0n, 1n << 63n), (bytes) => parseQuantity(formatQuantity(bytes)) === bytes))
  })
})

describe('formatBytes', () => {
  it.each([
    [0n, '0 B'],
    [1023n, '1023 B'],
    [1n << 30n, '1 GiB'],
    [(312n << 30n) / 10n, '31.2 GiB'],
    [1000n << 30n, '1000 GiB'],
    [(1n << 40n) - 1n, '1 TiB'],
  ])('%s reads %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text))
})

it('refuses to write a byte count that JSON cannot hold exactly', () => {
  expect(bytesToJson(1n << 52n)).toBe(2 ** 52)
  expect(() => bytesToJson((1n << 60n) + 1n)).toThrow(RangeError)
})
