/** A decimal that a tool printed; undefined for what is no number (LVM leaves unknown sizes empty). */
export function bigintFrom(text: string | undefined): bigint | undefined {
  return text !== undefined && /^-?\d+$/.test(text.trim()) ? BigInt(text.trim()) : undefined
}
