'use client'

import type { Space } from '@open-local/shared/api'
import { useLocale, useTranslations } from 'use-intl'
import { bytesInWords, percent } from '../lib/bytes.ts'
import { type CapacityPart, capacityBar, takenBytes } from '../lib/capacity.ts'
import { cn } from '../lib/class-names.ts'
import { Amount } from './amount.tsx'
import { Hint } from './hint.tsx'

const fills: Record<CapacityPart, string> = {
  allocated: 'bg-(--capacity-allocated)',
  other: 'bg-(--capacity-other)',
  reserved: 'hatched bg-(--capacity-empty)',
  available: 'bg-(--capacity-empty)',
}

/** Space drawn the one way it is drawn everywhere; the numbers are its accessible name and its hint. */
export function CapacityBar({ space, className }: { space: Space; className?: string }) {
  const t = useTranslations('capacity')
  const locale = useLocale()
  const { parts, overBytes, edge } = capacityBar(space)
  const label = t('summary', {
    taken: bytesInWords(takenBytes(space), locale),
    capacity: bytesInWords(space.capacityBytes, locale),
    percent: percent(takenBytes(space), space.capacityBytes, locale),
  })
  return (
    <Hint hint={<CapacityFigures space={space} />}>
      <div role="img" aria-label={label} className={cn('relative h-2.5 w-full min-w-16', className)}>
        <div className="flex size-full gap-px overflow-hidden rounded-sm bg-(--capacity-empty)">
          {parts.map(({ part, share }) => (
            <div
              key={part}
              className={cn('h-full', fills[part], part !== 'available' && 'min-w-[2px]')}
              style={{ flexGrow: share, flexBasis: 0 }}
            />
          ))}
        </div>
        {overBytes > 0 && (
          <>
            <div
              className="absolute inset-y-0 right-0 min-w-1 rounded-r-sm bg-(--capacity-over)"
              style={{ width: `${(1 - edge) * 100}%` }}
            />
            <div className="absolute -inset-y-1 w-0.5 bg-ink" style={{ left: `min(${edge * 100}%, 100% - 6px)` }} />
          </>
        )}
      </div>
    </Hint>
  )
}

export function CapacitySwatch({ part }: { part: CapacityPart | 'over' }) {
  return (
    <span
      aria-hidden
      className={cn(
        'inline-block size-2.5 shrink-0 rounded-[2px] border border-transparent',
        part === 'over' ? 'bg-(--capacity-over)' : fills[part],
        (part === 'available' || part === 'reserved') && 'border-line-strong',
      )}
    />
  )
}

/** The bar's parts by name and size; those of zero too, since zero is known. */
export function CapacityFigures({ space, className }: { space: Space; className?: string }) {
  const t = useTranslations('capacity')
  const locale = useLocale()
  const { overBytes } = capacityBar(space)
  const rows: [CapacityPart | 'over', number][] = [
    ['allocated', space.allocatedBytes],
    ['other', space.otherBytes],
    ['reserved', space.reservedBytes],
    overBytes > 0 ? ['over', overBytes] : ['available', space.availableBytes],
  ]
  return (
    <dl className={cn('grid grid-cols-[auto_auto_auto] items-center gap-x-3 gap-y-1', className)}>
      {rows.map(([part, bytes]) => (
        <div key={part} className="col-span-3 grid grid-cols-subgrid items-center">
          <dt className="flex items-center gap-2 text-ink-2">
            <CapacitySwatch part={part} />
            {t(part)}
          </dt>
          <dd className="numeric text-right">{bytesInWords(bytes, locale)}</dd>
          <dd className="numeric text-right text-ink-3">{percent(bytes, space.capacityBytes, locale)}</dd>
        </div>
      ))}
    </dl>
  )
}

/** What the bars' fills mean, once per page. */
export function CapacityLegend({ space }: { space?: Space }) {
  const t = useTranslations('capacity')
  const values: Partial<Record<CapacityPart, number>> = space
    ? {
        allocated: space.allocatedBytes,
        other: space.otherBytes,
        reserved: space.reservedBytes,
        available: space.availableBytes,
      }
    : {}
  return (
    <ul className="flex flex-wrap gap-x-5 gap-y-1 text-sm text-ink-2">
      {(['allocated', 'other', 'reserved', 'available'] as const).map((part) => (
        <li key={part} className="flex items-center gap-1.5">
          <CapacitySwatch part={part} />
          {t(part)}
          {values[part] !== undefined && <Amount bytes={values[part]} className="text-ink" />}
        </li>
      ))}
    </ul>
  )
}
