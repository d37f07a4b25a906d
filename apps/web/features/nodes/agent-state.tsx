'use client'

import type { NodeRow } from '@open-local/shared/api'
import { useTranslations } from 'use-intl'
import { HealthIcon } from '../../components/health.tsx'
import { Moment } from '../../components/moment.tsx'

/** Whether the node's agent reports; since when not. */
export function AgentState({ agent }: { agent: NodeRow['agent'] }) {
  const t = useTranslations('nodes')
  const health = { alive: 'well', silent: 'attention', absent: 'unknown' } as const
  return (
    <span className="inline-flex items-center gap-1.5 whitespace-nowrap">
      <HealthIcon health={health[agent.state]} />
      {t(`agentState.${agent.state}`)}
      {agent.state === 'silent' && agent.lastSeenAt && <Moment at={agent.lastSeenAt} className="text-ink-3" />}
    </span>
  )
}
