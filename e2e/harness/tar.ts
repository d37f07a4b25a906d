export interface TarEntry {
  /** Path inside the archive, without a leading slash. */
  path: string
  content?: Uint8Array | string
  /** Makes it a symbolic link. */
  linkTo?: string
  directory?: boolean
  mode?: number
}

/** An archive in the ustar format, byte for byte the same for the same entries (no times, owner root). */
export function packTar(entries: TarEntry[]): Buffer {
  const blocks: Buffer[] = []
  for (const entry of entries) {
    const content = Buffer.from(entry.content ?? '')
    blocks.push(header(entry, content.length), content, Buffer.alloc((512 - (content.length % 512)) % 512))
  }
  return Buffer.concat([...blocks, Buffer.alloc(1024)])
}

/** Source: POSIX pax(1), "ustar Interchange Format". */
function header(entry: TarEntry, size: number): Buffer {
  if (Buffer.byteLength(entry.path) > 100) throw new Error(`tar: the path is too long: ${entry.path}`)
  const block = Buffer.alloc(512)
  const octal = (value: number, at: number, length: number): unknown =>
    block.write(value.toString(8).padStart(length - 1, '0'), at)
  block.write(entry.path, 0)
  octal(entry.mode ?? (entry.directory ? 0o755 : 0o644), 100, 8)
  octal(0, 108, 8)
  octal(0, 116, 8)
  octal(size, 124, 12)
  octal(0, 136, 12)
  block.write(entry.directory ? '5' : entry.linkTo ? '2' : '0', 156)
  block.write(entry.linkTo ?? '', 157)
  block.write('ustar\u000000', 257)
  block.fill(' ', 148, 156)
  const checksum = block.reduce((sum, byte) => sum + byte, 0)
  block.write(`${checksum.toString(8).padStart(6, '0')}\0 `, 148)
  return block
}
