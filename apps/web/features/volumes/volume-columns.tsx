'use client'

import type { VolumeRow } from '@open-local/shared/api'
import Link from 'next/link'
import { useMemo } from 'react'
import { useTranslations } from 'use-intl'
import { Amount } from '../../components/amount.tsx'
import type { Column } from '../../components/data-table/column.ts'
import { RowLink } from '../../components/data-table/row-link.tsx'
import { HealthLabel } from '../../components/health.tsx'
import { Moment } from '../../components/moment.tsx'
import { Unknown } from '../../components/unknown.tsx'
import { healthRank } from '../../lib/health-rank.ts'
import { nodeHref, volumeHref } from '../../lib/hrefs.ts'
import { PhaseLabel } from './phase-label.tsx'
import { UsedMeter } from './used-meter.tsx'

/** Column ids are the server's sort names. */
export function useVolumeColumns({ withNode }: { withNode: boolean }): Column<VolumeRow>[] {
  const t = useTranslations('volumes')
  return useMemo(() => {
    const columns: Column<VolumeRow>[] = [
      {
        id: 'key',
        header: t('claim'),
        value: (volume) => volume.key,
        cell: (volume) => (
          <RowLink href={volumeHref(volume)}>
            <span className="truncate font-mono text-sm">
              <span className="font-normal text-ink-3">{volume.namespace}/</span>
              {volume.claim}
            </span>
          </RowLink>
        ),
      },
      {
        id: 'phase',
        header: t('phase'),
        width: '116px',
        value: (volume) => volume.phase,
        cell: (volume) => <PhaseLabel phase={volume.phase} />,
      },
      {
        id: 'health',
        header: t('health'),
        width: '118px',
        value: (volume) => healthRank(volume.health),
        descendingFirst: true,
        cell: (volume) => <HealthLabel health={volume.health} reasons={volume.reasons} />,
      },
      {
        id: 'sizeBytes',
        header: t('sizeGib'),
        width: '116px',
        align: 'end',
        value: (volume) => volume.sizeBytes,
        descendingFirst: true,
        cell: (volume) => <Amount bytes={volume.sizeBytes} unit="gib" />,
      },
      {
        id: 'usedBytes',
        header: t('usedGib'),
        width: '156px',
        align: 'end',
        value: (volume) => volume.usedBytes,
        descendingFirst: true,
        cell: (volume) => <UsedMeter used={volume.usedBytes} size={volume.sizeBytes} />,
      },
      {
        id: 'pool',
        header: t('pool'),
        width: '13%',
        priority: 3,
        value: (volume) => volume.pool,
        cell: (volume) =>
          volume.pool ? (
            <span className="block truncate font-mono text-sm max-sm:whitespace-normal max-sm:break-all">
              {volume.pool}
            </span>
          ) : (
            <Unknown />
          ),
      },
      {
        id: 'createdAt',
        header: t('created'),
        width: '124px',
        priority: 4,
        value: (volume) => Date.parse(volume.createdAt),
        descendingFirst: true,
        cell: (volume) => <Moment at={volume.createdAt} />,
      },
    ]
    if (withNode)
      columns.splice(5, 0, {
        id: 'node',
        header: t('node'),
        width: '12%',
        priority: 2,
        value: (volume) => volume.node,
        cell: (volume) =>
          volume.node ? (
            <Link
              href={nodeHref(volume.node)}
              prefetch={false}
              className="inline-flex min-h-6 max-w-full items-center underline-offset-4 hover:underline"
            >
              <span className="truncate font-mono text-sm">{volume.node}</span>
            </Link>
          ) : (
            <Unknown />
          ),
      })
    return columns
  }, [t, withNode])
}
