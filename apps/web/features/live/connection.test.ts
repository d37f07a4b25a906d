import type { Change } from '@open-local/shared/api'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { LiveConnection } from './connection.ts'

class FakeEventSource {
  static readonly opened: FakeEventSource[] = []
  readonly #listeners = new Map<string, (event: { data: string }) => void>()
  closed = false
  onerror: (() => void) | null = null
  constructor() {
    FakeEventSource.opened.push(this)
  }
  addEventListener(type: string, listener: (event: { data: string }) => void) {
    this.#listeners.set(type, listener)
  }
  close() {
    this.closed = true
  }
  say(type: 'hello' | 'delta', data: object) {
    this.#listeners.get(type)!({ data: JSON.stringify(data) })
  }
}

let frames: (() => void)[]
let batches: Change[][]
let resets: number
let connection: LiveConnection
const source = () => FakeEventSource.opened.at(-1)!
const paint = () => {
  for (const frame of frames.splice(0)) frame()
}
const change = (key: string): Change => ({ resource: 'nodes', key, patch: {} })

beforeEach(() => {
  vi.useFakeTimers()
  FakeEventSource.opened.length = 0
  frames = []
  batches = []
  resets = 0
  vi.stubGlobal('EventSource', FakeEventSource)
  vi.stubGlobal('requestAnimationFrame', (frame: () => void) => frames.push(frame))
  vi.stubGlobal('cancelAnimationFrame', () => frames.splice(0))
  connection = new LiveConnection({ onChanges: (changes) => batches.push(changes), onReset: () => resets++ })
  connection.open()
})
afterEach(() => {
  connection.close()
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

describe('LiveConnection', () => {
  it('hands over what arrives within a frame as one batch, in order', () => {
    source().say('hello', { seq: 1, reset: false })
    source().say('delta', { seq: 2, changes: [change('a'), change('b')] })
    source().say('delta', { seq: 3, changes: [change('c')] })
    expect(batches).toEqual([])
    paint()
    expect(batches.map((batch) => batch.map(({ key }) => key))).toEqual([['a', 'b', 'c']])
  })

  it('fetches anew on the first hello, after a reset, and after anything was missed; not when nothing was', () => {
    source().say('hello', { seq: 5, reset: false })
    expect(resets).toBe(1)
    source().onerror!()
    connection.open()
    source().say('hello', { seq: 5, reset: false })
    expect(resets).toBe(1)
    source().onerror!()
    connection.open()
    source().say('hello', { seq: 8, reset: false })
    expect(resets).toBe(2)
    source().say('hello', { seq: 8, reset: true })
    expect(resets).toBe(3)
  })

  it('says that it is lost and when it tries again, waiting longer each time, up to 30 s', () => {
    source().say('hello', { seq: 1, reset: false })
    const waits: number[] = []
    for (let attempt = 0; attempt < 7; attempt++) {
      source().onerror!()
      expect(connection.status().state).toBe('reconnecting')
      const wait = connection.status().retryAt! - Date.now()
      waits.push(wait)
      vi.advanceTimersByTime(wait)
    }
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 15_000, 30_000, 30_000])
    source().say('hello', { seq: 1, reset: false })
    expect(connection.status()).toMatchObject({ state: 'live', retryAt: null })
  })

  it('holds one connection at most, and none while paused or closed', () => {
    connection.open()
    expect(FakeEventSource.opened.filter(({ closed }) => !closed)).toHaveLength(1)
    connection.pause()
    expect(connection.status().state).toBe('paused')
    vi.advanceTimersByTime(120_000)
    expect(FakeEventSource.opened.filter(({ closed }) => !closed)).toHaveLength(0)
  })

  it('tells nobody of what arrived before it was closed', () => {
    source().say('delta', { seq: 2, changes: [change('a')] })
    connection.close()
    paint()
    expect(batches).toEqual([])
  })
})
