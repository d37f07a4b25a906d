import { describe, expect, it } from 'vitest'
import { bytesInWords, gibibytes, percent } from './bytes.ts'

const GiB = 1024 ** 3

describe('gibibytes', () => {
  it.each([
    [0, '0'],
    [GiB, '1'],
    [1.005 * GiB, '1.01'],
    [31.24 * GiB, '31.2'],
    [4 * 1024 ** 2, '0.00391'],
    [999.4 * GiB, '999'],
    [4096 * GiB, '4,096'],
  ])('%d bytes read %s', (bytes, text) => {
    expect(gibibytes(bytes, 'en')).toBe(text)
  })
})

describe('bytesInWords', () => {
  it.each([
    [0, '0 B'],
    [1023, '1,023 B'],
    [1024, '1 KiB'],
    [1023.6 * 1024, '1 MiB'],
    [512 * 1024 ** 2, '512 MiB'],
    [31.24 * GiB, '31.2 GiB'],
    [1.5 * 1024 * GiB, '1.5 TiB'],
    [-2 * GiB, '-2 GiB'],
  ])('%d bytes read %s', (bytes, text) => {
    expect(bytesInWords(bytes, 'en')).toBe(text)
  })
})

describe('percent', () => {
  it('does not call a little nothing, nor almost all everything', () => {
    expect(percent(0.004, 1, 'en')).toBe('0.4%')
    expect(percent(0.995, 1, 'en')).toBe('99.5%')
    expect(percent(1, 3, 'en')).toBe('33%')
  })
  it('has no share of nothing', () => {
    expect(percent(0, 0, 'en')).toBe('—')
  })
})
