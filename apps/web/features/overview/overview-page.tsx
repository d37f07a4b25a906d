'use client'

import type { Overview } from '@open-local/shared/api'
import { useQuery } from '@tanstack/react-query'
import { useTranslations } from 'use-intl'
import { PageTitle } from '../../components/page-title.tsx'
import { Panel } from '../../components/panel.tsx'
import { Skeleton, SkeletonRows } from '../../components/skeleton.tsx'
import { ErrorState } from '../../components/states.tsx'
import { overviewQuery } from '../../lib/queries.ts'
import { HistoryPanel } from '../history/history-panel.tsx'
import { ActivityList } from './activity-list.tsx'
import { AttentionList } from './attention-list.tsx'
import { FleetCapacity } from './fleet-capacity.tsx'
import { FullestPools } from './fullest-pools.tsx'
import { PendingClaims } from './pending-claims.tsx'

/** Is anything wrong, and when are we full? */
export function OverviewPage() {
  const { data, error, refetch, isFetching } = useQuery(overviewQuery())
  if (data)
    return <OverviewContent overview={data} history={<HistoryPanel subject="fleet" className="xl:col-span-7" />} />
  if (error)
    return (
      <>
        <OverviewTitle />
        <div className="rounded-lg border border-line bg-surface">
          <ErrorState error={error} onRetry={() => void refetch()} retrying={isFetching} />
        </div>
      </>
    )
  return <OverviewSkeleton />
}

export function OverviewContent({ overview, history }: { overview: Overview; history: React.ReactNode }) {
  const t = useTranslations('overview')
  const { cluster, counts } = overview
  return (
    <>
      <OverviewTitle>
        {t('cluster', { name: cluster.name, version: cluster.kubernetesVersion })}
        <span aria-hidden> · </span>
        {t('counts', counts)}
      </OverviewTitle>
      {cluster.simulated && (
        <p className="mb-4 rounded-lg bg-attention-soft px-4 py-2.5 text-sm">{t('simulatedCluster')}</p>
      )}
      <div className="grid grid-cols-1 gap-4 xl:grid-cols-12">
        <AttentionList items={overview.attention} className="xl:col-span-12" />
        <FleetCapacity overview={overview} className="xl:col-span-5" />
        {history}
        <FullestPools pools={overview.fullestPools} className="xl:col-span-5" />
        <PendingClaims claims={overview.pendingClaims} className="xl:col-span-7" />
        <ActivityList events={overview.activity} className="xl:col-span-12" />
      </div>
    </>
  )
}

function OverviewTitle({ children }: { children?: React.ReactNode }) {
  const t = useTranslations('shell.pages')
  return <PageTitle title={t('overview')}>{children}</PageTitle>
}

export function OverviewSkeleton() {
  const t = useTranslations('overview')
  const tHistory = useTranslations('history')
  return (
    <>
      <OverviewTitle>
        <Skeleton className="h-5 w-80 max-w-full" />
      </OverviewTitle>
      <div className="grid grid-cols-1 gap-4 xl:grid-cols-12">
        <Panel id="attention" title={t('attention')} className="xl:col-span-12" flush>
          <SkeletonRows rows={1} />
        </Panel>
        <Panel id="capacity" title={t('capacity')} className="xl:col-span-5">
          <Skeleton className="h-[260px]" />
        </Panel>
        <Panel id="history" title={tHistory('title')} className="xl:col-span-7">
          <Skeleton className="h-[260px]" />
        </Panel>
        <Panel id="fullest" title={t('fullestPools')} className="xl:col-span-5" flush>
          <SkeletonRows rows={5} />
        </Panel>
        <Panel id="pending" title={t('pendingClaims')} className="xl:col-span-7" flush>
          <SkeletonRows rows={5} />
        </Panel>
      </div>
    </>
  )
}
