import { expect, test } from 'vitest'
import { VolumeLocks } from './volume-locks.ts'

test('a second operation on the same volume is ABORTED and told what runs', async () => {
  const locks = new VolumeLocks()
  const gate = Promise.withResolvers<string>()
  const first = locks.run('v1', 'NodeStageVolume', () => gate.promise)
  let ran = false
  const second = locks.run('v1', 'NodeUnstageVolume', async () => {
    ran = true
  })
  await expect(second).rejects.toMatchObject({
    code: 'ABORTED',
    message: expect.stringMatching(/NodeUnstageVolume .* NodeStageVolume of volume v1/),
  })
  expect(ran).toBe(false)
  expect(locks.find('v1')).toBe('NodeStageVolume')
  gate.resolve('done')
  await expect(first).resolves.toBe('done')
  expect(locks.find('v1')).toBeUndefined()
})

test('a refused operation leaves the lock with its holder', async () => {
  const locks = new VolumeLocks()
  const gate = Promise.withResolvers<void>()
  const first = locks.run('v1', 'Create', () => gate.promise)
  await expect(locks.run('v1', 'Delete', async () => {})).rejects.toMatchObject({ code: 'ABORTED' })
  await expect(locks.run('v1', 'Expand', async () => {})).rejects.toThrow(/Create of volume v1/)
  gate.resolve()
  await first
})

test('other volumes are not held up', async () => {
  const locks = new VolumeLocks()
  const gate = Promise.withResolvers<void>()
  const first = locks.run('v1', 'Create', () => gate.promise)
  await expect(locks.run('v2', 'Create', async () => 2)).resolves.toBe(2)
  gate.resolve()
  await first
})

test.each([
  ['rejects', () => Promise.reject(new Error('no'))],
  [
    'throws',
    () => {
      throw new Error('no')
    },
  ],
])('the volume is free again after work that %s', async (_, work) => {
  const locks = new VolumeLocks()
  await expect(locks.run('v1', 'Create', work)).rejects.toThrow('no')
  await expect(locks.run('v1', 'Create', async () => 'again')).resolves.toBe('again')
})
