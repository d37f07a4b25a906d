'use client'

import type { EventRow } from '@open-local/shared/api'
import { useTranslations } from 'use-intl'
import { EventList } from '../../components/event-list.tsx'
import { FirstFew } from '../../components/first-few.tsx'
import { Panel } from '../../components/panel.tsx'

export function ActivityList({ events, className }: { events: EventRow[]; className?: string }) {
  const t = useTranslations('overview')
  return (
    <Panel id="activity" title={t('activity')} className={className} flush>
      <FirstFew items={events} count={8}>
        {(shown) => <EventList events={shown} empty={t('noActivity')} />}
      </FirstFew>
    </Panel>
  )
}
