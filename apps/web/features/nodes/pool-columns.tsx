'use client'

import type { PoolRow } from '@open-local/shared/api'
import { useMemo } from 'react'
import { useTranslations } from 'use-intl'
import { Amount } from '../../components/amount.tsx'
import { Badge } from '../../components/badge.tsx'
import { CapacityBar } from '../../components/capacity-bar.tsx'
import type { Column } from '../../components/data-table/column.ts'
import { HealthLabel } from '../../components/health.tsx'
import { takenShare } from '../../lib/capacity.ts'
import { healthRank } from '../../lib/health-rank.ts'

export function usePoolColumns(): Column<PoolRow>[] {
  const t = useTranslations('pools')
  const tMap = useTranslations('diskMap')
  return useMemo(
    () => [
      {
        id: 'name',
        header: t('name'),
        value: (pool) => pool.name,
        cell: (pool) => (
          <span className="flex min-w-0 items-center gap-2">
            <span className="truncate font-mono text-sm font-medium">{pool.name}</span>
            {!pool.offered && <Badge className="border-dashed">{tMap('notOffered')}</Badge>}
          </span>
        ),
      },
      {
        id: 'kind',
        header: t('kind'),
        width: '128px',
        priority: 2,
        value: (pool) => pool.kind,
        cell: (pool) => tMap(`kind.${pool.kind}`),
      },
      {
        id: 'health',
        header: t('health'),
        width: '124px',
        value: (pool) => healthRank(pool.health),
        descendingFirst: true,
        cell: (pool) => <HealthLabel health={pool.health} reasons={pool.reasons} />,
      },
      {
        id: 'media',
        header: t('media'),
        width: '96px',
        priority: 3,
        value: (pool) => pool.mediaType,
        cell: (pool) => tMap(`media.${pool.mediaType}`),
      },
      {
        id: 'taken',
        header: t('space'),
        width: '20%',
        value: (pool) => takenShare(pool.space),
        descendingFirst: true,
        cell: (pool) => <CapacityBar space={pool.space} className="max-sm:w-40" />,
      },
      {
        id: 'available',
        header: t('availableGib'),
        width: '132px',
        align: 'end',
        value: (pool) => pool.space.availableBytes,
        descendingFirst: true,
        cell: (pool) => <Amount bytes={pool.space.availableBytes} unit="gib" />,
      },
      {
        id: 'capacity',
        header: t('capacityGib'),
        width: '128px',
        align: 'end',
        priority: 2,
        value: (pool) => pool.space.capacityBytes,
        descendingFirst: true,
        cell: (pool) => <Amount bytes={pool.space.capacityBytes} unit="gib" />,
      },
      {
        id: 'volumes',
        header: t('volumes'),
        width: '96px',
        align: 'end',
        priority: 3,
        value: (pool) => pool.volumeCount,
        descendingFirst: true,
        cell: (pool) => pool.volumeCount,
      },
    ],
    [t, tMap],
  )
}
