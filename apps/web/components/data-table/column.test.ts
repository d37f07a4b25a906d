import { describe, expect, it } from 'vitest'
import { compareValues, formatSort, parseSort } from './column.ts'

describe('sort in the URL', () => {
  it.each(['sizeBytes', '-sizeBytes', 'key'])('%s reads back as written', (text) => {
    expect(formatSort(parseSort(text)!)).toBe(text)
  })
  it.each(['', '-', 'a b', '<script>', '--x'])('%j is no sort', (text) => {
    expect(parseSort(text)).toBeNull()
  })
})

describe('compareValues', () => {
  it('orders numbers by size and names by their numbers', () => {
    expect([10, 9, 100].sort((a, b) => compareValues(a, b))).toEqual([9, 10, 100])
    expect(['disk-10', 'disk-2'].sort((a, b) => compareValues(a, b))).toEqual(['disk-2', 'disk-10'])
  })
})
