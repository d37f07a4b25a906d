import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Journal } from './journal.ts'
import type { KubeObject } from './object.ts'
import { Store } from './store.ts'

let dir: string
let path: string
const said: string[] = []
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'journal-'))
  path = join(dir, 'state.jsonl')
  said.length = 0
})
afterEach(() => rmSync(dir, { recursive: true }))

function open(): { store: Store; journal: Journal } {
  const store = new Store()
  return { store, journal: Journal.open(path, store, (line) => said.push(line)) }
}

function object(name: string, value = ''): KubeObject & { value: string } {
  const metadata = { name, namespace: 'ns', uid: `uid-${name}`, resourceVersion: '', creationTimestamp: '' }
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, value }
}

const names = (store: Store): string[] => store.list('configmaps').map(({ metadata }) => metadata.name)

describe('the state file', () => {
  it('brings back every object with its revision, and counts on', () => {
    const first = open()
    first.store.put('configmaps', object('a'))
    first.store.put('configmaps', object('b'))
    first.store.put('configmaps', object('a', 'changed'))
    first.store.remove('configmaps', first.store.get('configmaps', 'ns/b')!)
    const { revision } = first.store
    // No close: as after kill -9.
    const { store } = open()
    expect(names(store)).toEqual(['a'])
    expect(store.get('configmaps', 'ns/a')).toMatchObject({ value: 'changed', metadata: { resourceVersion: '4' } })
    expect(store.revision).toBe(revision)
    expect(said).toEqual([])
  })

  it('starts from the last good record when the last one was cut short, says so, and keeps the rest aside', () => {
    const first = open()
    first.store.put('configmaps', object('a'))
    first.store.put('configmaps', object('b'))
    truncateSync(path, readFileSync(path).length - 5)
    const { store } = open()
    expect(names(store)).toEqual(['a'])
    expect(said.join()).toMatch(/damaged at line 3.*configmaps ns\/b/)
    expect(readFileSync(`${path}.damaged`, 'utf8')).toContain('uid-b')
  })

  it('does not take a record whose bytes were changed', () => {
    const first = open()
    first.store.put('configmaps', object('a', 'right'))
    writeFileSync(path, readFileSync(path, 'utf8').replace('right', 'wrong'))
    expect(names(open().store)).toEqual([])
    expect(said).toHaveLength(1)
  })

  it('drops what comes after rubbish', () => {
    open().store.put('configmaps', object('a'))
    appendFileSync(path, 'rubbish\n')
    const { store } = open()
    expect(names(store)).toEqual(['a'])
    expect(said.join()).toContain('Dropped 8 bytes')
  })

  it('is rewritten as a snapshot when it has grown, and loses nothing', async () => {
    const { store } = open()
    const filler = 'x'.repeat(64 * 1024)
    for (let round = 0; round < 80; round++) {
      store.put('configmaps', object('a', `${filler}${round}`))
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(readFileSync(path).length).toBeLessThan(4.5 * 1024 * 1024)
    expect(open().store.get('configmaps', 'ns/a')).toMatchObject({ value: `${filler}79` })
  })
})

describe('history', () => {
  it('answers what was there at an earlier revision, and 410 once that is forgotten', () => {
    const { store } = open()
    store.put('configmaps', object('a'))
    const then = store.revision
    store.put('configmaps', object('a', 'later'))
    store.put('configmaps', object('b'))
    store.remove('configmaps', store.get('configmaps', 'ns/a')!)
    expect(store.listAt('configmaps', then)).toMatchObject([{ metadata: { name: 'a' }, value: '' }])
    store.compact()
    expect(() => store.listAt('configmaps', then)).toThrow(/too old resource version/)
    expect(() => store.subscribe('configmaps', then, () => {})).toThrow(/too old resource version/)
  })

  it('tells a subscriber what came after the revision it names, in order, and then what comes', () => {
    const { store } = open()
    store.put('configmaps', object('a'))
    const since = store.revision
    store.put('configmaps', object('b'))
    const seen: string[] = []
    const stop = store.subscribe('configmaps', since, ({ type, object: { metadata } }) =>
      seen.push(`${type} ${metadata.name}`),
    )
    store.remove('configmaps', store.get('configmaps', 'ns/b')!)
    stop()
    store.put('configmaps', object('c'))
    expect(seen).toEqual(['ADDED b', 'DELETED b'])
  })

  it('tells changes in order also when a listener writes', () => {
    const { store } = open()
    const seen: string[] = []
    store.subscribe('configmaps', undefined, ({ object: { metadata } }) => {
      if (metadata.name === 'a') store.put('secrets', object('from-listener'))
    })
    store.subscribeAll((resource, { object: { metadata } }) => seen.push(`${resource} ${metadata.name}`))
    store.put('configmaps', object('a'))
    expect(seen).toEqual(['configmaps a', 'secrets from-listener'])
  })
})
