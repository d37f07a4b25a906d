/** Addresses of the pages about one object. */
export function nodeHref(name: string): string {
  return `/nodes/${encodeURIComponent(name)}`
}

export function volumeHref({ namespace, claim }: { namespace: string; claim: string }): string {
  return `/volumes/${encodeURIComponent(namespace)}/${encodeURIComponent(claim)}`
}
