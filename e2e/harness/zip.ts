import { open } from 'node:fs/promises'
import { promisify } from 'node:util'
import { inflateRaw } from 'node:zlib'

/**
 * One file out of a zip archive. Throws when it is not in there.
 * Source: PKWARE APPNOTE, 4.3.7 (local header), 4.3.12 (central directory), 4.3.16 (its end). No zip64.
 */
export async function readZipEntry(archive: string, name: string): Promise<Buffer> {
  const file = await open(archive)
  const read = async (position: number, length: number): Promise<Buffer> =>
    (await file.read(Buffer.alloc(length), 0, length, position)).buffer
  try {
    const { size } = await file.stat()
    const tailLength = Math.min(size, 65_557)
    const tail = await read(size - tailLength, tailLength)
    const end = tail.lastIndexOf('PK\x05\x06', undefined, 'latin1')
    if (end < 0) throw new Error(`${archive} is no zip archive`)
    const directory = await read(tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12))
    for (let at = 0; at < directory.length; ) {
      const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) => directory.readUInt16LE(at + offset))
      if (directory.toString('utf8', at + 46, at + 46 + nameLength!) === name) {
        const local = directory.readUInt32LE(at + 42)
        const header = await read(local, 30)
        const content = await read(
          local + 30 + header.readUInt16LE(26) + header.readUInt16LE(28),
          directory.readUInt32LE(at + 20),
        )
        return directory.readUInt16LE(at + 10) === 0 ? content : await promisify(inflateRaw)(content)
      }
      at += 46 + nameLength! + extraLength! + commentLength!
    }
    throw new Error(`${archive} has no ${name}`)
  } finally {
    await file.close()
  }
}
