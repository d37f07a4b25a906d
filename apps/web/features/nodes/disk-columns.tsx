'use client'

import type { Disk } from '@open-local/shared/api'
import { useMemo } from 'react'
import { useTranslations } from 'use-intl'
import { Amount } from '../../components/amount.tsx'
import type { Column } from '../../components/data-table/column.ts'
import { HealthLabel } from '../../components/health.tsx'
import { Unknown } from '../../components/unknown.tsx'
import { healthRank } from '../../lib/health-rank.ts'
import type en from '../../messages/en.json'

type DiskUse = keyof typeof en.disks.uses

export function useDiskColumns(): Column<Disk>[] {
  const t = useTranslations('disks')
  const tMap = useTranslations('diskMap')
  return useMemo(
    () => [
      {
        id: 'name',
        header: t('name'),
        width: '160px',
        value: (disk) => disk.name,
        cell: (disk) => <span className="font-mono text-sm font-medium break-all">{disk.name}</span>,
      },
      {
        id: 'health',
        header: t('health'),
        width: '124px',
        value: (disk) => healthRank(disk.health),
        descendingFirst: true,
        cell: (disk) => <HealthLabel health={disk.health} reasons={disk.reasons} />,
      },
      {
        id: 'size',
        header: t('sizeGib'),
        width: '104px',
        align: 'end',
        value: (disk) => disk.sizeBytes,
        descendingFirst: true,
        cell: (disk) => <Amount bytes={disk.sizeBytes} unit="gib" />,
      },
      {
        id: 'media',
        header: t('media'),
        width: '104px',
        priority: 2,
        value: (disk) => disk.mediaType,
        cell: (disk) => (disk.mediaType === 'unknown' ? <Unknown /> : tMap(`media.${disk.mediaType}`)),
      },
      {
        id: 'use',
        header: t('use'),
        value: (disk) => disk.use,
        cell: (disk) => (
          <span className="block min-w-0 py-0.5">
            {t.has(`uses.${disk.use as DiskUse}`) ? t(`uses.${disk.use as DiskUse}`) : disk.use}
            {disk.useDetail && (
              <span className="block text-xs break-words text-ink-3" lang="en">
                {disk.useDetail}
              </span>
            )}
          </span>
        ),
      },
      {
        id: 'model',
        header: t('model'),
        width: '17%',
        priority: 3,
        value: (disk) => disk.model,
        cell: (disk) => disk.model ?? <Unknown />,
      },
      {
        id: 'serial',
        header: t('serial'),
        width: '17%',
        priority: 3,
        value: (disk) => disk.serial ?? disk.id,
        cell: (disk) =>
          disk.serial || disk.id ? (
            <span className="font-mono text-sm break-all">{disk.serial ?? disk.id}</span>
          ) : (
            <Unknown />
          ),
      },
    ],
    [t, tMap],
  )
}
