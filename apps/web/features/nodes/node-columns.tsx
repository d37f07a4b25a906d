'use client'

import type { NodeRow } from '@open-local/shared/api'
import { useMemo } from 'react'
import { useTranslations } from 'use-intl'
import { Amount } from '../../components/amount.tsx'
import { CapacityBar } from '../../components/capacity-bar.tsx'
import type { Column } from '../../components/data-table/column.ts'
import { RowLink } from '../../components/data-table/row-link.tsx'
import { HealthLabel } from '../../components/health.tsx'
import { SimulatedBadge } from '../../components/simulated-badge.tsx'
import { Unknown } from '../../components/unknown.tsx'
import { takenShare } from '../../lib/capacity.ts'
import { healthRank } from '../../lib/health-rank.ts'
import { nodeHref } from '../../lib/hrefs.ts'
import { AgentState } from './agent-state.tsx'

export function useNodeColumns(): Column<NodeRow>[] {
  const t = useTranslations('nodes')
  return useMemo(
    () => [
      {
        id: 'name',
        header: t('name'),
        value: (node) => node.name,
        cell: (node) => (
          <span className="flex min-w-0 items-center gap-2">
            <RowLink href={nodeHref(node.name)}>
              <span className="truncate font-mono text-sm">{node.name}</span>
            </RowLink>
            {node.simulated && <SimulatedBadge />}
          </span>
        ),
      },
      {
        id: 'health',
        header: t('health'),
        width: '124px',
        value: (node) => healthRank(node.health),
        descendingFirst: true,
        cell: (node) => <HealthLabel health={node.health} reasons={node.reasons} />,
      },
      {
        id: 'agent',
        header: t('agent'),
        width: '148px',
        priority: 3,
        value: (node) => node.agent.state,
        cell: (node) => <AgentState agent={node.agent} />,
      },
      {
        id: 'taken',
        header: t('space'),
        width: '18%',
        value: (node) => takenShare(node.space),
        descendingFirst: true,
        cell: (node) =>
          known(node, 0) === null ? <Unknown /> : <CapacityBar space={node.space} className="max-sm:w-40" />,
      },
      {
        id: 'available',
        header: t('availableGib'),
        width: '132px',
        align: 'end',
        value: (node) => known(node, node.space.availableBytes),
        descendingFirst: true,
        cell: (node) => <Amount bytes={known(node, node.space.availableBytes)} unit="gib" />,
      },
      {
        id: 'capacity',
        header: t('capacityGib'),
        width: '128px',
        align: 'end',
        priority: 2,
        value: (node) => known(node, node.space.capacityBytes),
        descendingFirst: true,
        cell: (node) => <Amount bytes={known(node, node.space.capacityBytes)} unit="gib" />,
      },
      {
        id: 'pools',
        header: t('pools'),
        width: '84px',
        align: 'end',
        priority: 3,
        value: (node) => node.poolCount,
        descendingFirst: true,
        cell: (node) => node.poolCount,
      },
      {
        id: 'disks',
        header: t('disks'),
        width: '80px',
        align: 'end',
        priority: 3,
        value: (node) => node.diskCount,
        descendingFirst: true,
        cell: (node) => node.diskCount,
      },
      {
        id: 'volumes',
        header: t('volumes'),
        width: '96px',
        align: 'end',
        priority: 2,
        value: (node) => node.volumeCount,
        descendingFirst: true,
        cell: (node) => node.volumeCount,
      },
    ],
    [t],
  )
}

/** What no agent has ever reported is unknown, not zero. */
function known(node: NodeRow, bytes: number): number | null {
  return node.agent.state === 'absent' && node.space.capacityBytes === 0 ? null : bytes
}
