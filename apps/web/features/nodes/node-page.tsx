'use client'

import type { NodeDetail } from '@open-local/shared/api'
import { useQuery } from '@tanstack/react-query'
import { useTranslations } from 'use-intl'
import { Amount } from '../../components/amount.tsx'
import { CapacityBar, CapacityLegend } from '../../components/capacity-bar.tsx'
import { Figures } from '../../components/figures.tsx'
import { HealthLabel, ReasonList } from '../../components/health.tsx'
import { Identifier } from '../../components/identifier.tsx'
import { Moment } from '../../components/moment.tsx'
import { PageTitle } from '../../components/page-title.tsx'
import { Panel } from '../../components/panel.tsx'
import { SimulatedBadge } from '../../components/simulated-badge.tsx'
import { Skeleton, SkeletonRows } from '../../components/skeleton.tsx'
import { ErrorState } from '../../components/states.tsx'
import { Unknown } from '../../components/unknown.tsx'
import { nodeQuery } from '../../lib/queries.ts'
import { HistoryPanel } from '../history/history-panel.tsx'
import { AgentState } from './agent-state.tsx'
import { DiskMap } from './disk-map/disk-map.tsx'
import { NodeTabs } from './node-tabs.tsx'

/** What does this machine hold? */
export function NodePage({ name }: { name: string }) {
  const { data, error, refetch, isFetching } = useQuery(nodeQuery(name))
  if (data) return <NodeContent detail={data} history={<HistoryPanel subject="node" subjectKey={name} />} />
  if (!error) return <NodeSkeleton name={name} />
  return (
    <>
      <PageTitle title={name} />
      <div className="rounded-lg border border-line bg-surface">
        <ErrorState error={error} onRetry={() => void refetch()} retrying={isFetching} />
      </div>
    </>
  )
}

export function NodeContent({ detail, history }: { detail: NodeDetail; history?: React.ReactNode }) {
  const t = useTranslations('node')
  const { node } = detail
  return (
    <>
      <PageTitle
        title={<Identifier value={node.name} copy={t('nameToCopy')} className="[&>span]:text-xl" />}
        beside={
          <>
            {node.simulated && <SimulatedBadge />}
            <HealthLabel health={node.health} />
          </>
        }
      />
      <div className="space-y-4">
        <ReasonList health={node.health} reasons={node.reasons} />
        <Panel id="space" title={t('space')}>
          <CapacityBar space={node.space} className="mb-3 h-4" />
          <div className="flex flex-wrap items-end justify-between gap-x-8 gap-y-4">
            <Figures
              items={[
                { name: t('capacity'), value: <Amount bytes={node.space.capacityBytes} copy /> },
                { name: t('available'), value: <Amount bytes={node.space.availableBytes} copy /> },
                { name: t('agent'), value: <AgentState agent={node.agent} /> },
                { name: t('lastSeen'), value: <Moment at={node.agent.lastSeenAt} /> },
                {
                  name: t('kubernetes'),
                  value: node.ready === null ? <Unknown /> : node.ready ? t('ready') : t('notReady'),
                },
              ]}
            />
            <CapacityLegend space={node.space} />
          </div>
        </Panel>
        <DiskMap pools={detail.pools} disks={detail.disks} />
        <NodeTabs detail={detail} />
        {history}
      </div>
    </>
  )
}

export function NodeSkeleton({ name }: { name?: string }) {
  const t = useTranslations('node')
  const tMap = useTranslations('diskMap')
  return (
    <>
      <PageTitle title={name ? <span className="font-mono">{name}</span> : <Skeleton className="h-7 w-56" />} />
      <div className="space-y-4">
        <Panel id="space" title={t('space')}>
          <Skeleton className="h-16" />
        </Panel>
        <Panel id="disk-map" title={tMap('title')}>
          <div className="space-y-2.5">
            <Skeleton className="h-9" />
            <Skeleton className="h-9" />
            <Skeleton className="h-9" />
          </div>
        </Panel>
        <div className="rounded-lg border border-line bg-surface">
          <SkeletonRows rows={6} />
        </div>
      </div>
    </>
  )
}
