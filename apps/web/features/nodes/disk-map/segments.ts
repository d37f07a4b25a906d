import type { Disk, Extent } from '@open-local/shared/api'

export interface Segment {
  /** Stable within its disk. */
  key: string
  extent: Extent
  /** Of the whole disk, 0 to 1. */
  share: number
  /** So small that it is drawn larger than it is. */
  enlarged: boolean
  /** Neighbouring volumes alternate, so that each has an edge. */
  shade: 'a' | 'b'
  /** How many runs this stands for: more than one where small neighbours were drawn together. */
  runs: number
}

/** Below this share a run would be thinner than the 6 px a strip of some 900 px gives each. */
const ENLARGED_BELOW = 0.006
/** More runs than this are drawn together where they are small; the table beneath has each. */
const DRAWN_AT_MOST = 120

/**
 * A disk's runs in drawing order, covering all of it: what no run covers is unknown, never free. Runs beyond the
 * disk's end and empty ones are left out.
 */
export function segmentsOf(disk: Pick<Disk, 'sizeBytes' | 'extents'>): Segment[] {
  if (disk.sizeBytes <= 0) return []
  const covered = merged(coverWhole(disk.extents, disk.sizeBytes), disk.sizeBytes)
  let volumes = 0
  return covered.map(({ extent, runs }) => ({
    key: String(extent.startBytes),
    extent,
    share: extent.sizeBytes / disk.sizeBytes,
    enlarged: extent.sizeBytes / disk.sizeBytes < ENLARGED_BELOW,
    shade: extent.kind === 'logicalVolume' && volumes++ % 2 ? 'b' : 'a',
    runs,
  }))
}

function coverWhole(extents: readonly Extent[], sizeBytes: number): Extent[] {
  const sorted = extents
    .filter((extent) => extent.sizeBytes > 0 && extent.startBytes < sizeBytes)
    .toSorted((a, b) => a.startBytes - b.startBytes)
  const out: Extent[] = []
  let at = 0
  const gap = (end: number) => {
    if (end > at)
      out.push({
        kind: 'unknown',
        startBytes: at,
        sizeBytes: end - at,
        label: '',
        claim: null,
        volumeId: null,
        own: false,
      })
  }
  for (const extent of sorted) {
    gap(extent.startBytes)
    out.push(extent)
    at = Math.max(at, extent.startBytes + extent.sizeBytes)
  }
  gap(sizeBytes)
  return out
}

function merged(extents: Extent[], sizeBytes: number): { extent: Extent; runs: number }[] {
  const out: { extent: Extent; runs: number }[] = []
  const small = sizeBytes / DRAWN_AT_MOST
  for (const extent of extents) {
    const previous = out.at(-1)
    const joins =
      extents.length > DRAWN_AT_MOST &&
      previous &&
      previous.extent.kind === extent.kind &&
      previous.extent.own === extent.own &&
      extent.sizeBytes < small &&
      previous.extent.sizeBytes < small
    if (!joins) {
      out.push({ extent, runs: 1 })
      continue
    }
    previous.extent = {
      ...previous.extent,
      sizeBytes: extent.startBytes + extent.sizeBytes - previous.extent.startBytes,
      claim: null,
      volumeId: null,
    }
    previous.runs++
  }
  return out
}
