import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, expect, it, vi } from 'vitest'
import { cacheRoot, dataRoot } from './home-directory.ts'

afterEach(() => vi.unstubAllEnvs())

it.each([
  [undefined, join(homedir(), '.cache/open-local')],
  ['', join(homedir(), '.cache/open-local')],
  ['relative', join(homedir(), '.cache/open-local')],
  ['/var/cache', '/var/cache/open-local'],
])('with XDG_CACHE_HOME=%j caches in %s', (set, directory) => {
  vi.stubEnv('OPEN_LOCAL_CACHE', '')
  vi.stubEnv('XDG_CACHE_HOME', set)
  expect(cacheRoot()).toBe(directory)
})

it('takes a folder that was given, from wherever the command runs', () => {
  vi.stubEnv('OPEN_LOCAL_CACHE', 'here')
  expect(cacheRoot()).toBe(resolve('here'))
  vi.stubEnv('XDG_DATA_HOME', '')
  expect(dataRoot()).toBe(join(homedir(), '.local/share/open-local'))
})
