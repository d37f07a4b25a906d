import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { cacheKey, ensureCached } from './cache.ts'

let root: string
const before = process.env.OPEN_LOCAL_CACHE

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'cache-'))
  process.env.OPEN_LOCAL_CACHE = root
})
afterEach(async () => {
  if (before === undefined) delete process.env.OPEN_LOCAL_CACHE
  else process.env.OPEN_LOCAL_CACHE = before
  await rm(root, { recursive: true })
})

const entry = (key: string, build: (dir: string) => Promise<void>) => ({ kind: 'thing', key: cacheKey(key), build })
const write = (text: string) => (dir: string) => writeFile(join(dir, 'file'), text)

it('builds once for all who want it at the same time', async () => {
  let builds = 0
  const wanted = entry('a', async (dir) => {
    builds++
    await write('made')(dir)
  })
  const paths = await Promise.all([ensureCached(wanted), ensureCached(wanted), ensureCached(wanted)])
  expect(builds).toBe(1)
  expect(new Set(paths).size).toBe(1)
  expect(await readFile(join(paths[0]!, 'file'), 'utf8')).toBe('made')
})

it('leaves nothing of a build that failed, and builds again', async () => {
  const failing = entry('a', async (dir) => {
    await write('half')(dir)
    throw new Error('no')
  })
  await expect(ensureCached(failing)).rejects.toThrow('no')
  expect(await readdir(root)).toEqual([])
  await expect(ensureCached(entry('a', write('whole')))).resolves.toBeTruthy()
})

it('sweeps what a killed builder of the same entry left', async () => {
  await mkdir(join(root, `thing-${cacheKey('a')}.tmp-12345678`))
  const path = await ensureCached(entry('a', write('x')))
  expect((await readdir(root)).map((name) => join(root, name))).toEqual([path])
})

it('keeps only as many of a kind as asked for', async () => {
  await ensureCached(entry('a', write('a')))
  const newest = await ensureCached(entry('b', write('b')))
  expect((await readdir(root)).map((name) => join(root, name))).toEqual([newest])
})

it('tells inputs apart that only differ in where they are cut', () => {
  expect(cacheKey('ab', 'c')).not.toBe(cacheKey('a', 'bc'))
})
