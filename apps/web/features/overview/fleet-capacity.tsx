'use client'

import type { Overview } from '@open-local/shared/api'
import { useLocale, useTranslations } from 'use-intl'
import { Amount } from '../../components/amount.tsx'
import { CapacityBar, CapacityFigures } from '../../components/capacity-bar.tsx'
import { Panel } from '../../components/panel.tsx'
import { EmptyState } from '../../components/states.tsx'
import { percent } from '../../lib/bytes.ts'
import { takenBytes } from '../../lib/capacity.ts'

/** What the fleet can still promise, then the same by medium. */
export function FleetCapacity({ overview, className }: { overview: Overview; className?: string }) {
  const t = useTranslations('overview')
  const { fleet, byMedium } = overview
  if (fleet.capacityBytes === 0)
    return (
      <Panel id="capacity" title={t('capacity')} className={className}>
        <EmptyState title={t('noPools')}>{t('noPoolsNext')}</EmptyState>
      </Panel>
    )
  return (
    <Panel id="capacity" title={t('capacity')} className={className}>
      <p className="flex flex-wrap items-baseline gap-x-2">
        <Amount bytes={fleet.availableBytes} className="text-2xl font-semibold tracking-tight" copy />
        <span className="text-ink-2">{t('availableOf')}</span>
        <Amount bytes={fleet.capacityBytes} className="text-ink-2" />
      </p>
      <CapacityBar space={fleet} className="my-3 h-4" />
      <CapacityFigures space={fleet} className="max-w-sm text-sm" />
      <h3 className="mt-5 mb-2 text-xs text-ink-3">{t('byMedium')}</h3>
      <ul className="space-y-2.5">
        {byMedium.map(({ mediaType, space, poolCount }) => (
          <li key={mediaType} className="grid grid-cols-[88px_1fr_auto] items-center gap-3 text-sm">
            <span>
              {t(`media.${mediaType}`)}
              <span className="block text-xs text-ink-3">{t('poolCount', { count: poolCount })}</span>
            </span>
            <CapacityBar space={space} />
            <MediumShare taken={takenBytes(space)} capacity={space.capacityBytes} />
          </li>
        ))}
      </ul>
    </Panel>
  )
}

function MediumShare({ taken, capacity }: { taken: number; capacity: number }) {
  const locale = useLocale()
  return (
    <span className="numeric w-32 text-right whitespace-nowrap">
      {percent(taken, capacity, locale)} <span className="text-ink-3">/</span>{' '}
      <Amount bytes={capacity} className="text-ink-2" />
    </span>
  )
}
