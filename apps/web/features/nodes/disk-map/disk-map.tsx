'use client'

import { Collapsible } from '@base-ui/react/collapsible'
import type { Disk, PoolRow } from '@open-local/shared/api'
import { ChevronRight } from 'lucide-react'
import { parseAsStringLiteral, useQueryState } from 'nuqs'
import { useTranslations } from 'use-intl'
import { Amount } from '../../../components/amount.tsx'
import { Badge } from '../../../components/badge.tsx'
import { HealthLabel } from '../../../components/health.tsx'
import { Panel } from '../../../components/panel.tsx'
import { Segmented } from '../../../components/segmented.tsx'
import { EmptyState } from '../../../components/states.tsx'
import { ExtentTable } from './extent-table.tsx'
import { type DiskGroup, groupDisks } from './group-disks.ts'
import { DiskMapLegend } from './legend.tsx'
import { segmentsOf } from './segments.ts'
import { DiskStrip } from './strip.tsx'

interface DiskMapProps {
  pools: PoolRow[]
  disks: Disk[]
  className?: string
}

/**
 * Where the bytes of a node lie: each disk one strip to scale, grouped by pool. `scale` in the URL draws all disks on
 * one scale instead of each on its own. The table beneath says the same to keyboards and screen readers.
 */
export function DiskMap({ pools, disks, className }: DiskMapProps) {
  const t = useTranslations('diskMap')
  const [scale, setScale] = useQueryState('scale', parseAsStringLiteral(['disk', 'node']).withDefault('disk'))
  const largest = Math.max(1, ...disks.map((disk) => disk.sizeBytes))
  const enlarged = disks.some((disk) => segmentsOf(disk).some((segment) => segment.enlarged))
  return (
    <Panel
      id="disk-map"
      title={t('title')}
      note={t('diskCount', { count: disks.length })}
      className={className}
      actions={
        disks.length > 1 && (
          <Segmented
            label={t('scale')}
            value={scale}
            onChange={(next) => void setScale(next)}
            options={[
              { value: 'disk', label: t('scaleDisk') },
              { value: 'node', label: t('scaleNode') },
            ]}
          />
        )
      }
    >
      {disks.length === 0 ? (
        <EmptyState title={t('empty')}>{t('emptyNext')}</EmptyState>
      ) : (
        <>
          <div className="space-y-5">
            {groupDisks(pools, disks).map((group) => (
              <Group key={group.pool?.key ?? ''} group={group} largest={scale === 'node' ? largest : null} />
            ))}
          </div>
          <DiskMapLegend disks={disks} />
          {enlarged && <p className="mt-2 text-xs text-ink-3">{t('trueScale')}</p>}
          <Collapsible.Root className="mt-4">
            <Collapsible.Trigger className="group inline-flex min-h-6 items-center gap-1 text-sm text-ink-2 hover:text-ink">
              <ChevronRight
                aria-hidden
                className="size-4 motion-safe:transition-transform group-data-panel-open:rotate-90"
              />
              {t('asTable', { count: disks.reduce((sum, disk) => sum + disk.extents.length, 0) })}
            </Collapsible.Trigger>
            <Collapsible.Panel className="mt-2">
              <ExtentTable disks={disks} />
            </Collapsible.Panel>
          </Collapsible.Root>
        </>
      )}
    </Panel>
  )
}

function Group({ group: { pool, disks }, largest }: { group: DiskGroup; largest: number | null }) {
  const t = useTranslations('diskMap')
  return (
    <div>
      <div className="mb-2 flex flex-wrap items-center gap-x-3 gap-y-1">
        <h3 className="font-medium">
          {pool ? <span className="font-mono text-sm">{pool.name}</span> : <span>{t('noPool')}</span>}
        </h3>
        {pool && (
          <>
            <Badge>{t(`kind.${pool.kind}`)}</Badge>
            {pool.health !== 'well' && <HealthLabel health={pool.health} reasons={pool.reasons} />}
            {!pool.offered && <Badge className="border-dashed">{t('notOffered')}</Badge>}
            <span className="text-sm text-ink-3">
              <Amount bytes={pool.space.availableBytes} /> {t('availableOf')}{' '}
              <Amount bytes={pool.space.capacityBytes} />
            </span>
          </>
        )}
      </div>
      <ul className="space-y-2.5">
        {disks.map((disk) => (
          <DiskLine key={disk.name} disk={disk} width={largest === null ? 1 : disk.sizeBytes / largest} />
        ))}
      </ul>
    </div>
  )
}

function DiskLine({ disk, width }: { disk: Disk; width: number }) {
  const t = useTranslations('diskMap')
  return (
    <li className="grid items-center gap-x-4 gap-y-1 md:grid-cols-[168px_1fr]">
      <div className="flex min-w-0 items-center gap-x-2 text-sm md:block">
        <span className="block truncate font-mono">{disk.name}</span>
        <span className="flex items-center gap-1.5 text-xs text-ink-3">
          <Amount bytes={disk.sizeBytes} />
          <span aria-hidden>·</span>
          {t(`media.${disk.mediaType}`)}
          {disk.readOnly && (
            <>
              <span aria-hidden>·</span>
              {t('readOnly')}
            </>
          )}
          {disk.health !== 'well' && <HealthLabel health={disk.health} reasons={disk.reasons} />}
        </span>
      </div>
      <DiskStrip disk={disk} width={width} />
    </li>
  )
}
