import { describe, expect, it } from 'vitest'
import { preferredLocale } from './locale.ts'

describe('preferredLocale', () => {
  it.each([
    [null, 'en'],
    ['zh-CN,zh;q=0.9,en;q=0.8', 'zh'],
    ['en-US,zh;q=0.9', 'en'],
    ['de-DE,zh;q=0.5,en;q=0.7', 'en'],
    ['fr,zh-TW;q=0.3', 'zh'],
    ['zh;q=0,en;q=0.1', 'en'],
    ['fr', 'en'],
  ])('%s means %s', (header, locale) => {
    expect(preferredLocale(header)).toBe(locale)
  })
})
