import { expect, test } from 'vitest'
import { eventually } from './testing/index.ts'
import { WorkQueue } from './work-queue.ts'

test('keys are handled in order, and a key that waits already is not added again', async () => {
  const queue = new WorkQueue()
  for (const key of ['b', 'a', 'b', 'c']) queue.add(key)
  expect(queue.depth).toBe(3)
  const handled: string[] = []
  queue.run(async (key) => void handled.push(key))
  await queue.idle()
  expect(handled).toEqual(['b', 'a', 'c'])
})

test('a key is never handled twice at the same time, and is handled again when added meanwhile', async () => {
  const queue = new WorkQueue({ workers: 4 })
  const gates: (() => void)[] = []
  let running = 0
  let most = 0
  queue.run(async () => {
    most = Math.max(most, ++running)
    await new Promise<void>((resolve) => gates.push(resolve))
    running -= 1
  })
  queue.add('a')
  queue.add('a')
  queue.add('a')
  expect(gates).toHaveLength(1)
  gates[0]!()
  await eventually(() => expect(gates).toHaveLength(2))
  gates[1]!()
  await queue.idle()
  expect(most).toBe(1)
  expect(gates).toHaveLength(2)
})

test('different keys share the workers', async () => {
  const queue = new WorkQueue({ workers: 2 })
  const started: string[] = []
  const gates = new Map<string, () => void>()
  queue.run(async (key) => {
    started.push(key)
    await new Promise<void>((resolve) => gates.set(key, resolve))
  })
  for (const key of ['a', 'b', 'c']) queue.add(key)
  expect(started).toEqual(['a', 'b'])
  gates.get('b')!()
  await eventually(() => expect(started).toEqual(['a', 'b', 'c']))
  gates.get('a')!()
  gates.get('c')!()
  await queue.idle()
})

test('a failed key is retried after growing pauses and forgotten after a success', async () => {
  const delays: unknown[] = []
  const log = {
    debug() {},
    info() {},
    error() {},
    warn: (fields: Record<string, unknown>) => void delays.push(fields.delayMs),
  }
  const queue = new WorkQueue({ baseDelayMs: 1, maxDelayMs: 4, random: () => 0.5, log })
  let tries = 0
  queue.run(async () => {
    if (++tries < 6) throw new Error('not yet')
  })
  queue.add('a')
  await eventually(() => expect(tries).toBe(6))
  await queue.idle()
  expect(delays).toEqual([0.75, 1.5, 3, 3, 3])
  expect(queue.failures('a')).toBe(0)
})

test('a handler may ask for another visit', async () => {
  const queue = new WorkQueue()
  let visits = 0
  queue.run(async () => (++visits < 3 ? { requeueAfterMs: 1 } : undefined))
  queue.add('a')
  await eventually(() => expect(visits).toBe(3))
})

test('add overtakes a delay, and of two delays the earlier counts', async () => {
  const queue = new WorkQueue()
  const handled: string[] = []
  queue.run(async (key) => void handled.push(key))
  queue.addAfter('a', 60_000)
  queue.add('a')
  await queue.idle()
  expect(handled).toEqual(['a'])
  queue.addAfter('b', 60_000)
  queue.addAfter('b', 1)
  queue.addAfter('b', 50_000)
  await eventually(() => expect(handled).toEqual(['a', 'b']))
  await queue.stop()
})

test('drain handles what waits and takes no more', async () => {
  const queue = new WorkQueue()
  const handled: string[] = []
  queue.run(async (key) => {
    await new Promise((resolve) => setImmediate(resolve))
    handled.push(key)
  })
  queue.add('a')
  queue.add('b')
  const drained = queue.drain()
  queue.add('c')
  await drained
  expect(handled).toEqual(['a', 'b'])
})

test('stop tells the running handler, waits for it and drops the rest', async () => {
  const queue = new WorkQueue()
  const handled: string[] = []
  queue.run(async (key, signal) => {
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
    handled.push(key)
  })
  queue.add('a')
  queue.add('b')
  await queue.stop()
  expect(handled).toEqual(['a'])
})

test('metrics see depth, adds, retries and outcomes', async () => {
  const seen = { depth: 0, added: 0, retried: 0, failed: 0 }
  const metrics = {
    depth: (depth: number) => {
      seen.depth = Math.max(seen.depth, depth)
    },
    added: () => void seen.added++,
    retried: () => void seen.retried++,
    handled: (_ms: number, failed: boolean) => {
      if (failed) seen.failed += 1
    },
  }
  const queue = new WorkQueue({ metrics, baseDelayMs: 1 })
  queue.add('a')
  queue.add('b')
  let tries = 0
  queue.run(async (key) => {
    if (key === 'b' && ++tries === 1) throw new Error('once')
  })
  await eventually(() => expect(tries).toBe(2))
  await queue.idle()
  expect(seen).toEqual({ depth: 2, added: 3, retried: 1, failed: 1 })
})
