import { execa } from 'execa'
import { expect, it } from 'vitest'
import { busyboxImage, pauseImage } from './container-image.ts'
import { packTar } from './tar.ts'

async function list(archive: Buffer): Promise<string[]> {
  const { stdout } = await execa('tar', ['-tv', '--numeric-owner', '--full-time'], { input: archive })
  return stdout.split('\n').map((line) => line.replace(/\s+/g, ' '))
}

it('packs what GNU tar reads, with modes, links and folders', async () => {
  const archive = packTar([
    { path: 'bin/', directory: true },
    { path: 'bin/run', content: 'x'.repeat(513), mode: 0o755 },
    { path: 'bin/link', linkTo: 'run' },
  ])
  expect(await list(archive)).toEqual([
    'drwxr-xr-x 0/0 0 1970-01-01 00:00:00 bin/',
    '-rwxr-xr-x 0/0 513 1970-01-01 00:00:00 bin/run',
    'lrw-r--r-- 0/0 0 1970-01-01 00:00:00 bin/link -> run',
  ])
})

it('refuses a path that would be cut off', () => {
  expect(() => packTar([{ path: 'a'.repeat(101) }])).toThrow('too long')
})

it('names an image exactly as manifests do, and makes the same bytes each time', async () => {
  const image = busyboxImage('registry.k8s.io/x/busybox:1', Buffer.from('program'), ['sh', 'ls', 'busybox'])
  const { stdout } = await execa('tar', ['-xO', 'manifest.json'], { input: image })
  expect(JSON.parse(stdout)[0].RepoTags).toEqual(['registry.k8s.io/x/busybox:1'])
  expect(busyboxImage('registry.k8s.io/x/busybox:1', Buffer.from('program'), ['sh', 'ls', 'busybox'])).toEqual(image)
  expect(pauseImage('a:1')).not.toEqual(pauseImage('b:1'))
})
