'use client'

import type { PoolRow } from '@open-local/shared/api'
import Link from 'next/link'
import { useLocale, useTranslations } from 'use-intl'
import { Amount } from '../../components/amount.tsx'
import { CapacityBar } from '../../components/capacity-bar.tsx'
import { HealthIcon } from '../../components/health.tsx'
import { Panel } from '../../components/panel.tsx'
import { EmptyState } from '../../components/states.tsx'
import { percent } from '../../lib/bytes.ts'
import { takenBytes } from '../../lib/capacity.ts'
import { nodeHref } from '../../lib/hrefs.ts'

/** The pools that will refuse first. */
export function FullestPools({ pools, className }: { pools: PoolRow[]; className?: string }) {
  const t = useTranslations('overview')
  const locale = useLocale()
  return (
    <Panel id="fullest" title={t('fullestPools')} className={className} flush>
      {pools.length === 0 ? (
        <EmptyState title={t('noPools')}>{t('noPoolsNext')}</EmptyState>
      ) : (
        <ul>
          {pools.map((pool) => (
            <li key={pool.key} className="border-b border-line last:border-b-0">
              <Link
                href={`${nodeHref(pool.node)}?tab=pools`}
                className="grid grid-cols-[1fr_96px_auto] items-center gap-x-4 px-4 py-2 hover:bg-inset/60 sm:grid-cols-[1fr_128px_auto]"
              >
                <span className="flex min-w-0 items-center gap-2">
                  <HealthIcon health={pool.health} />
                  <span className="min-w-0">
                    <span className="block truncate font-mono text-sm">{pool.name}</span>
                    <span className="block truncate text-xs text-ink-3">{pool.node}</span>
                  </span>
                </span>
                <CapacityBar space={pool.space} />
                <span className="numeric w-24 text-right text-sm whitespace-nowrap">
                  {percent(takenBytes(pool.space), pool.space.capacityBytes, locale)}
                  <span className="block text-xs text-ink-3">
                    <Amount bytes={pool.space.availableBytes} /> {t('left')}
                  </span>
                </span>
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  )
}
