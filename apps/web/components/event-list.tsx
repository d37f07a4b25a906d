'use client'

import type { EventRow } from '@open-local/shared/api'
import { Dot, TriangleAlert } from 'lucide-react'
import { useTranslations } from 'use-intl'
import { Moment } from './moment.tsx'

/** Kubernetes events, newest first. Their sentences are the cluster's own and stay in English. */
export function EventList({ events, empty }: { events: readonly EventRow[]; empty: string }) {
  const t = useTranslations('common')
  if (events.length === 0) return <p className="px-4 py-3 text-ink-2">{empty}</p>
  return (
    <ul>
      {events.map((event) => (
        <li
          key={event.id}
          className="grid grid-cols-[auto_1fr] gap-x-2 border-b border-line px-4 py-2 last:border-b-0 sm:grid-cols-[auto_180px_1fr_auto]"
        >
          {event.type === 'Warning' ? (
            <TriangleAlert role="img" aria-label={t('warning')} className="mt-0.5 size-4 text-attention" />
          ) : (
            <Dot aria-hidden className="mt-0.5 size-4 text-ink-3" />
          )}
          <span className="min-w-0 truncate font-medium" lang="en">
            {event.reason}
            {event.count > 1 && <span className="numeric ml-1.5 font-normal text-ink-3">×{event.count}</span>}
          </span>
          <span className="col-start-2 min-w-0 sm:col-start-3">
            <span className="break-words text-ink-2" lang="en">
              {event.message}
            </span>
            <span className="block font-mono text-xs break-all text-ink-3">
              {event.object.kind} {[event.object.namespace, event.object.name].filter(Boolean).join('/')}
            </span>
          </span>
          <Moment
            at={event.at}
            className="col-start-2 text-sm text-ink-3 sm:col-start-4 sm:row-start-1 sm:text-right"
          />
        </li>
      ))}
    </ul>
  )
}
