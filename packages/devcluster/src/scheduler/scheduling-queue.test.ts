import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Pod } from '../kinds.ts'
import { type QueuedPod, SchedulingQueue } from './scheduling-queue.ts'

const pod = (name: string, priority = 0): Pod =>
  ({ metadata: { name, namespace: 'default', uid: name }, spec: { priority, containers: [] } }) as unknown as Pod
const FIT = new Set(['NodeResourcesFit'])
const ERROR = new Set<string>()

let queue: SchedulingQueue
beforeEach(() => {
  vi.useFakeTimers()
  queue = new SchedulingQueue()
})
afterEach(() => {
  queue.close()
  vi.useRealTimers()
})

/** The next pod, if it comes within the time. */
async function popWithin(ms: number): Promise<QueuedPod | undefined> {
  let got: QueuedPod | undefined
  waiting ??= queue.pop().then((entry) => {
    waiting = undefined
    got = entry
    return entry
  })
  const current = waiting.then((entry) => {
    got = entry
  })
  await vi.advanceTimersByTimeAsync(ms)
  if (waiting === undefined) await current
  return got
}
let waiting: Promise<QueuedPod | undefined> | undefined
afterEach(() => {
  waiting = undefined
})

describe('SchedulingQueue', () => {
  it('gives out by priority, then by arrival, and by arrival of a failure', async () => {
    for (const one of [pod('a'), pod('b', 5), pod('c')]) queue.put(one, false)
    const first = (await queue.pop())!
    queue.failed(first, first.pod, FIT)
    const second = (await queue.pop())!
    expect([first.pod.metadata.name, second.pod.metadata.name]).toEqual(['b', 'a'])
    queue.put(pod('d'), false)
    expect([(await queue.pop())!, (await queue.pop())!].map((e) => e.pod.metadata.name)).toEqual(['c', 'd'])
  })

  it('backs off 1 s after an error, doubling to 10 s', async () => {
    queue.put(pod('a'), false)
    let entry = (await queue.pop())!
    for (const seconds of [1, 2, 4, 8, 10, 10]) {
      queue.failed(entry, entry.pod, ERROR)
      expect(await popWithin(seconds * 1000 - 10)).toBeUndefined()
      entry = (await popWithin(20))!
      expect(entry).toBeDefined()
    }
  })

  it('parks what was refused until a change that may help, then takes it before its back-off when idle', async () => {
    queue.put(pod('a'), false)
    const entry = (await queue.pop())!
    queue.failed(entry, entry.pod, FIT)
    expect(await popWithin(60_000)).toBeUndefined()
    queue.wake((_, rejectors) => rejectors.has('VolumeBinding'))
    expect(await popWithin(10)).toBeUndefined()
    queue.wake((_, rejectors) => rejectors.has('NodeResourcesFit'))
    expect((await popWithin(1))?.pod.metadata.name).toBe('a')
    queue.failed(entry, entry.pod, FIT)
    queue.wake(() => true)
    expect((await popWithin(1))?.pod.metadata.name).toBe('a')
  })

  it('does not lose a change that comes while the pod is looked at', async () => {
    queue.put(pod('a'), false)
    const entry = (await queue.pop())!
    queue.wake((_, rejectors) => rejectors.has('NodeResourcesFit'))
    queue.failed(entry, entry.pod, FIT)
    expect((await popWithin(1))?.pod.metadata.name).toBe('a')
  })

  it('looks at parked pods every five minutes all the same', async () => {
    queue.put(pod('a'), false)
    const entry = (await queue.pop())!
    queue.failed(entry, entry.pod, FIT)
    expect(await popWithin(4 * 60_000)).toBeUndefined()
    expect((await popWithin(2 * 60_000))?.pod.metadata.name).toBe('a')
  })

  it('forgets a removed pod, and ends when closed', async () => {
    queue.put(pod('a'), false)
    const entry = (await queue.pop())!
    expect(queue.holds(entry)).toBe(true)
    queue.remove('a')
    expect(queue.holds(entry)).toBe(false)
    const end = queue.pop()
    queue.close()
    expect(await end).toBeUndefined()
  })
})
