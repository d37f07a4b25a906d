'use client'

import type { Disk } from '@open-local/shared/api'
import Link from 'next/link'
import { useLocale, useTranslations } from 'use-intl'
import { Hint } from '../../../components/hint.tsx'
import { bytesInWords, percent } from '../../../lib/bytes.ts'
import { cn } from '../../../lib/class-names.ts'
import { volumeHref } from '../../../lib/hrefs.ts'
import { type Segment, segmentsOf } from './segments.ts'
import { useExtentName } from './use-extent-name.ts'

/**
 * One disk to scale. For the eye and the mouse: hover names a run, click opens its volume. The accessible name sums
 * it up, and the table beneath has every run with its link.
 */
export function DiskStrip({ disk, width = 1 }: { disk: Disk; width?: number }) {
  const t = useTranslations('diskMap')
  const locale = useLocale()
  const segments = segmentsOf(disk)
  const free = segments.reduce((sum, { extent }) => sum + (extent.kind === 'free' ? extent.sizeBytes : 0), 0)
  const label = t('stripLabel', {
    disk: disk.name,
    size: bytesInWords(disk.sizeBytes, locale),
    free: bytesInWords(free, locale),
    count: disk.extents.filter(({ kind }) => kind === 'logicalVolume').length,
  })
  return (
    <div className="min-w-0">
      <span className="sr-only">{label}</span>
      <div
        aria-hidden
        data-strip={disk.name}
        className="flex h-9 min-w-12 gap-px overflow-hidden rounded-md bg-line"
        style={{ width: `${width * 100}%` }}
      >
        {segments.map((segment) => (
          <StripSegment key={segment.key} segment={segment} disk={disk} />
        ))}
      </div>
    </div>
  )
}

const fills: Record<Segment['extent']['kind'], string> = {
  metadata: 'bg-(--disk-metadata)',
  logicalVolume: '',
  partition: 'bg-(--disk-partition) text-ink',
  data: 'bg-(--disk-data) text-ink',
  free: 'bg-(--capacity-empty) text-ink-3',
  unknown: 'hatched bg-(--capacity-empty) [--hatch:var(--line-strong)]',
}

export function fillOf({ extent, shade }: Pick<Segment, 'extent' | 'shade'>): string {
  if (extent.kind !== 'logicalVolume') return fills[extent.kind]
  if (!extent.own) return 'bg-(--capacity-other) text-ink'
  return shade === 'a' ? 'bg-(--volume-a) text-(--volume-ink)' : 'bg-(--volume-b) text-(--volume-ink)'
}

function StripSegment({ segment, disk }: { segment: Segment; disk: Disk }) {
  const name = useExtentName()
  const { extent, share } = segment
  const look = cn(
    '@container flex min-w-[6px] items-center overflow-hidden text-xs',
    fillOf(segment),
    extent.claim && 'motion-safe:transition-[filter] hover:brightness-110',
  )
  const style = { flexGrow: share, flexBasis: 0 }
  // The text appears where it fits; hover has it always.
  const text = <span className="hidden min-w-0 truncate px-2 @min-[56px]:block">{name(segment)}</span>
  return (
    <Hint hint={<SegmentFigures segment={segment} disk={disk} />}>
      {extent.claim ? (
        <Link
          href={volumeHref({ namespace: extent.claim.namespace, claim: extent.claim.name })}
          tabIndex={-1}
          prefetch={false}
          className={look}
          style={style}
          data-kind={extent.kind}
        >
          {text}
        </Link>
      ) : (
        <div className={look} style={style} data-kind={extent.kind}>
          {text}
        </div>
      )}
    </Hint>
  )
}

function SegmentFigures({ segment, disk }: { segment: Segment; disk: Disk }) {
  const t = useTranslations('diskMap')
  const locale = useLocale()
  const name = useExtentName()
  const { extent, enlarged } = segment
  return (
    <div className="space-y-0.5">
      <p className="font-medium break-all">{name(segment)}</p>
      <p className="text-ink-2">{t(`extent.${extent.kind}`)}</p>
      <p className="numeric">
        {bytesInWords(extent.sizeBytes, locale)}
        <span className="text-ink-3"> · {percent(extent.sizeBytes, disk.sizeBytes, locale)}</span>
      </p>
      <p className="numeric text-ink-3">{t('startsAt', { start: bytesInWords(extent.startBytes, locale) })}</p>
      {enlarged && <p className="text-ink-3">{t('drawnLarger')}</p>}
    </div>
  )
}
