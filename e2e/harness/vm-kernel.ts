import { readFile, rm, writeFile } from 'node:fs/promises'
import { execa } from 'execa'

/**
 * Unpacks a Linux bzImage into the ELF kernel inside, which QEMU starts by PVH without decompressing it at each boot.
 * Knows LZ4 (Debian's cloud kernel) and XZ (its full kernel).
 * Source: Documentation/arch/x86/boot.rst, fields setup_sects, payload_offset and payload_length.
 */
export async function extractKernel(bzImage: string, output: string): Promise<void> {
  const image = await readFile(bzImage)
  const setupSectors = image[0x1f1] || 4
  const start = (setupSectors + 1) * 512 + image.readUInt32LE(0x248)
  const payload = image.subarray(start, start + image.readUInt32LE(0x24c))
  const packed = `${output}.packed`
  const lz4 = payload.readUInt32LE(0) === 0x184c2102
  // The kernel's build appends the unpacked size, which is no part of the LZ4 stream.
  await writeFile(packed, lz4 ? payload.subarray(0, -4) : payload)
  if (lz4) await execa('lz4', ['-d', '-f', packed, output])
  else if (payload.subarray(0, 6).toString('latin1') === '\xfd7zXZ\0') {
    const { stdout } = await execa('xz', ['-dc', '--single-stream', packed], { encoding: 'buffer' })
    await writeFile(output, stdout)
  } else throw new Error(`${bzImage} is packed in a way this does not know`)
  await rm(packed)
}
