import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { KubeClient } from './client.ts'
import { isConflict } from './error.ts'
import { addFinalizer, applyMergePatch, guardedBy, mergePatchOf, pointerPart, removeFinalizer } from './patch.ts'
import { configMaps } from './resources.ts'
import { type FakeApiServer, startFakeApiServer } from './testing/index.ts'

let api: FakeApiServer
let client: KubeClient

beforeEach(async () => {
  api = await startFakeApiServer()
  client = new KubeClient(api.connection)
})

afterEach(async () => {
  client.close()
  await api.close()
})

test.each([
  ['equal objects', { a: { b: 1 } }, { a: { b: 1 } }, undefined],
  ['a changed leaf', { a: { b: 1, c: 2 } }, { a: { b: 3, c: 2 } }, { a: { b: 3 } }],
  ['a removed key', { a: 1, b: 2 }, { a: 1 }, { b: null }],
  ['a key set to undefined', { a: 1 }, { a: undefined }, { a: null }],
  ['a list, replaced whole', { a: [1, 2] }, { a: [1, 3] }, { a: [1, 3] }],
  ['an equal list', { a: [{ b: 1 }] }, { a: [{ b: 1 }] }, undefined],
  ['a new object', {}, { a: { b: 1 } }, { a: { b: 1 } }],
  ['an object in place of a value', { a: 1 }, { a: { b: 1 } }, { a: { b: 1 } }],
])('mergePatchOf: %s', (_name, before, after, patch) => {
  expect(mergePatchOf(before, after)).toEqual(patch)
})

test('a patch turns the one into the other, whatever they hold', () => {
  // RFC 7386 cannot write a null.
  const value = fc.letrec((tie) => ({
    any: fc.oneof({ depthSize: 'small' }, fc.integer(), fc.string(), fc.boolean(), tie('object'), fc.array(tie('any'))),
    object: fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), tie('any'), { noNullPrototype: true }),
  })).object as fc.Arbitrary<object>
  fc.assert(
    fc.property(value, value, (before, after) => {
      expect(applyMergePatch(before, mergePatchOf(before, after) ?? {})).toEqual(after)
    }),
  )
})

test('a finalizer is added and removed once, and keeps the object until then', async () => {
  const object = api.seed(configMaps, { metadata: { name: 'a', namespace: 'x', finalizers: ['theirs'] } })
  const held = await addFinalizer(client, configMaps, object, 'ours')
  expect(held.metadata.finalizers).toEqual(['theirs', 'ours'])
  const requests = api.requests.length
  expect(await addFinalizer(client, configMaps, held, 'ours')).toBe(held)
  expect(api.requests.length).toBe(requests)
  await client.delete(configMaps, 'a', { namespace: 'x' })
  const deleting = await client.get(configMaps, 'a', { namespace: 'x' })
  expect(deleting.metadata.deletionTimestamp).toBeDefined()
  const rest = await removeFinalizer(client, configMaps, deleting, 'ours')
  expect(api.get(configMaps, 'a', 'x')?.metadata.finalizers).toEqual(['theirs'])
  await removeFinalizer(client, configMaps, rest, 'theirs')
  expect(api.get(configMaps, 'a', 'x')).toBeUndefined()
})

test("a finalizer that somebody added meanwhile is not dropped by one's own", async () => {
  const read = api.seed(configMaps, { metadata: { name: 'a', namespace: 'x' } })
  await addFinalizer(client, configMaps, read, 'theirs')
  await expect(addFinalizer(client, configMaps, read, 'ours')).rejects.toSatisfy(isConflict)
  expect(api.get(configMaps, 'a', 'x')?.metadata.finalizers).toEqual(['theirs'])
})

test('a guarded JSON patch is refused once the object has changed', async () => {
  const read = api.seed(configMaps, { metadata: { name: 'a', namespace: 'x' }, data: { 'a/b': '1' } })
  const patch = guardedBy(read, [{ op: 'replace', path: `/data/${pointerPart('a/b')}`, value: '2' }])
  const send = () => client.patch(configMaps, 'a', patch, { namespace: 'x', type: 'json' })
  expect((await send()).data).toEqual({ 'a/b': '2' })
  await expect(send()).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
})
