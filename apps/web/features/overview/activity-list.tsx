'use client'

import type { EventRow } from '@open-local/shared/api'
import { useTranslations } from 'use-intl'
import { EventList } from '../../components/event-list.tsx'
import { Panel } from '../../components/panel.tsx'

export function ActivityList({ events, className }: { events: EventRow[]; className?: string }) {
  const t = useTranslations('overview')
  return (
    <Panel id="activity" title={t('activity')} className={className} flush>
      <EventList events={events} empty={t('noActivity')} />
    </Panel>
  )
}
