import { brotliCompressSync, constants } from 'node:zlib'

/** A value as JSON, as small as brotli makes it. */
export function compress(value: unknown): Buffer {
  const text = JSON.stringify(value)
  return brotliCompressSync(text, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: text.length },
  })
}
