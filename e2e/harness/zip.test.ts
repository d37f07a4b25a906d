import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateRawSync } from 'node:zlib'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readZipEntry } from './zip.ts'

let archive: string
let dir: string

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'zip-'))
  archive = join(dir, 'a.zip')
  await writeFile(
    archive,
    zip([
      ['plain.txt', 'as it is', 0],
      ['deep/packed.txt', 'again and again and again', 8],
    ]),
  )
})
afterAll(() => rm(dir, { recursive: true }))

it('reads a stored and a compressed file, in any place', async () => {
  expect(String(await readZipEntry(archive, 'plain.txt'))).toBe('as it is')
  expect(String(await readZipEntry(archive, 'deep/packed.txt'))).toBe('again and again and again')
})

it('says what is not there', async () => {
  await expect(readZipEntry(archive, 'plain')).rejects.toThrow('has no plain')
})

/** The smallest archive a reader must understand. */
function zip(files: [name: string, text: string, method: number][]): Buffer {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const [name, text, method] of files) {
    const content = method === 8 ? deflateRawSync(text) : Buffer.from(text)
    const local = Buffer.alloc(30)
    local.write('PK\x03\x04', 'latin1')
    local.writeUInt16LE(name.length, 26)
    const central = Buffer.alloc(46)
    central.write('PK\x01\x02', 'latin1')
    central.writeUInt16LE(method, 10)
    central.writeUInt32LE(content.length, 20)
    central.writeUInt16LE(name.length, 28)
    central.writeUInt32LE(offset, 42)
    parts.push(local, Buffer.from(name), content)
    directory.push(central, Buffer.from(name))
    offset += 30 + name.length + content.length
  }
  const list = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  end.writeUInt32LE(list.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...parts, list, end])
}
