'use client'

import type { VolumeDetail } from '@open-local/shared/api'
import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import type { ReactNode } from 'react'
import { useTranslations } from 'use-intl'
import { Amount } from '../../components/amount.tsx'
import { EventList } from '../../components/event-list.tsx'
import { Figures } from '../../components/figures.tsx'
import { HealthLabel, ReasonList } from '../../components/health.tsx'
import { Identifier } from '../../components/identifier.tsx'
import { Moment } from '../../components/moment.tsx'
import { PageTitle } from '../../components/page-title.tsx'
import { Panel } from '../../components/panel.tsx'
import { Skeleton } from '../../components/skeleton.tsx'
import { ErrorState } from '../../components/states.tsx'
import { Unknown } from '../../components/unknown.tsx'
import { nodeHref } from '../../lib/hrefs.ts'
import { volumeQuery } from '../../lib/queries.ts'
import { HistoryPanel } from '../history/history-panel.tsx'
import { Chain } from './chain/chain.tsx'
import { Conditions } from './conditions.tsx'
import { PhaseLabel } from './phase-label.tsx'
import { UsedMeter } from './used-meter.tsx'
import { WhereBytesLie } from './where-bytes-lie.tsx'

/** Where is this claim's data, and is it well? */
export function VolumePage({ namespace, claim }: { namespace: string; claim: string }) {
  const { data, error, refetch, isFetching } = useQuery(volumeQuery(namespace, claim))
  if (data) {
    const id = data.volume.volumeId
    return <VolumeContent detail={data} growth={id && <HistoryPanel subject="volume" subjectKey={id} />} />
  }
  if (!error) return <VolumeSkeleton name={claim} />
  return (
    <>
      <PageTitle title={<VolumeName namespace={namespace} claim={claim} />} />
      <div className="rounded-lg border border-line bg-surface">
        <ErrorState error={error} onRetry={() => void refetch()} retrying={isFetching} />
      </div>
    </>
  )
}

export function VolumeContent({ detail, growth }: { detail: VolumeDetail; growth?: ReactNode }) {
  const t = useTranslations('volume')
  const { volume } = detail
  return (
    <>
      <PageTitle
        title={<VolumeName namespace={volume.namespace} claim={volume.claim} />}
        beside={
          <>
            <PhaseLabel phase={volume.phase} />
            <HealthLabel health={volume.health} />
          </>
        }
      />
      <div className="space-y-4">
        <ReasonList health={volume.health} reasons={volume.reasons} />
        <div className="rounded-lg border border-line bg-surface px-4 py-3.5">
          <VolumeFigures detail={detail} />
        </div>
        <Chain chain={detail.chain} node={volume.node} />
        <WhereBytesLie segments={detail.segments} node={volume.node} />
        {growth}
        <div className="grid gap-4 xl:grid-cols-2">
          <Panel id="conditions" title={t('conditions')} flush>
            <Conditions conditions={detail.conditions} />
          </Panel>
          <Panel id="events" title={t('events')} flush>
            <EventList events={detail.events} empty={t('noEvents')} />
          </Panel>
        </div>
      </div>
    </>
  )
}

function VolumeFigures({ detail: { volume } }: { detail: VolumeDetail }) {
  const t = useTranslations('volume')
  const mono = (value: string | null) =>
    value ? <span className="font-mono text-sm break-all">{value}</span> : <Unknown />
  return (
    <Figures
      items={[
        { name: t('size'), value: <Amount bytes={volume.sizeBytes} copy /> },
        { name: t('used'), value: <UsedMeter used={volume.usedBytes} size={volume.sizeBytes} unit="auto" /> },
        {
          name: t('node'),
          value: volume.node ? (
            <Link
              href={nodeHref(volume.node)}
              className="inline-flex min-h-6 items-center font-mono text-sm text-accent hover:underline"
            >
              {volume.node}
            </Link>
          ) : (
            <Unknown />
          ),
        },
        { name: t('pool'), value: mono(volume.pool) },
        { name: t('storageClass'), value: mono(volume.storageClass) },
        {
          name: t('access'),
          value: volume.accessType === 'Block' ? t('block') : (volume.fsType ?? t('filesystem')),
        },
        { name: t('created'), value: <Moment at={volume.createdAt} /> },
      ]}
    />
  )
}

function VolumeName({ namespace, claim }: { namespace: string; claim: string }) {
  const t = useTranslations('volume')
  return (
    <span className="inline-flex min-w-0 items-center">
      <span className="font-mono text-xl break-all">
        <span className="font-normal text-ink-3">{namespace}/</span>
        <Identifier value={claim} copy={t('nameToCopy')} className="inline-flex [&>span]:text-xl" />
      </span>
    </span>
  )
}

export function VolumeSkeleton({ name }: { name?: string }) {
  const t = useTranslations('chain')
  return (
    <>
      <PageTitle title={name ? <span className="font-mono">{name}</span> : <Skeleton className="h-7 w-56" />} />
      <div className="space-y-4">
        <Skeleton className="h-16 rounded-lg" />
        <Panel id="chain" title={t('title')}>
          <div className="grid gap-7 lg:grid-cols-4">
            {['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((key) => (
              <Skeleton key={key} className="h-24 rounded-lg" />
            ))}
          </div>
        </Panel>
      </div>
    </>
  )
}
