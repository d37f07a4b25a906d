import { expect, it } from 'vitest'
import { nodeLabelValue } from './names.ts'

it('keeps short node names and shortens long ones to distinct, legal label values', () => {
  expect(nodeLabelValue('n1')).toBe('n1')
  const long = (tail: string) => `${'worker.'.repeat(12)}${tail}`
  const [a, b] = [nodeLabelValue(long('a')), nodeLabelValue(long('b'))]
  expect(a).not.toBe(b)
  for (const value of [a, b]) expect(value).toMatch(/^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/)
})
