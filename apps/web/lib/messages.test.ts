import { createTranslator } from 'use-intl/core'
import { describe, expect, it } from 'vitest'
import en from '../messages/en.json'
import zh from '../messages/zh.json'

type Tree = { [key: string]: string | Tree }

function flatten(tree: Tree, prefix = ''): Map<string, string> {
  const all = new Map<string, string>()
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value === 'string') all.set(prefix + key, value)
    else for (const [inner, text] of flatten(value, `${prefix}${key}.`)) all.set(inner, text)
  }
  return all
}

/** Names of an ICU message's arguments, those inside plural branches too. */
function placeholders(text: string): string[] {
  const names = new Set<string>()
  let at = 0
  const message = () => {
    while (at < text.length && text[at] !== '}') {
      if (text[at++] === '{') argument()
    }
  }
  const argument = () => {
    const [head = '', name = '', more] = /^\s*(\w+)\s*(,?)/.exec(text.slice(at)) ?? []
    names.add(name)
    at += head.length
    while (more && at < text.length && text[at] !== '}') {
      if (text[at++] !== '{') continue
      message()
      at++
    }
    at++
  }
  message()
  return [...names].sort()
}

const english = flatten(en)
const chinese = flatten(zh)

describe('placeholders', () => {
  it('looks into the branches of plurals', () => {
    expect(placeholders('{a} of {n, plural, one {# disk of {b}} other {disks}} in {c, number}')).toEqual([
      'a',
      'b',
      'c',
      'n',
    ])
  })
})

describe('catalogues', () => {
  it('hold the same keys', () => {
    expect([...chinese.keys()].sort()).toEqual([...english.keys()].sort())
  })
  it('take the same placeholders', () => {
    for (const [key, text] of english)
      expect({ key, takes: placeholders(chinese.get(key) ?? '') }).toEqual({ key, takes: placeholders(text) })
  })
  it.each([
    ['en', english],
    ['zh', chinese],
  ] as const)('every message of %s can be formatted and says something', (locale, all) => {
    for (const [key, message] of all) {
      const t = createTranslator({
        locale,
        messages: { message } as never,
        onError: (error) => {
          throw new Error(`${key}: ${error.message}`)
        },
      }) as unknown as (key: string, values: Record<string, number>) => string
      const text = t('message', Object.fromEntries(placeholders(message).map((name) => [name, 2])))
      expect({ key, empty: text.trim() === '' }).toEqual({ key, empty: false })
    }
  })
})
