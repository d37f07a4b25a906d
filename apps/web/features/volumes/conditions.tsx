'use client'

import type { VolumeDetail } from '@open-local/shared/api'
import { CircleCheck, CircleDashed, CircleX } from 'lucide-react'
import { useTranslations } from 'use-intl'
import { Moment } from '../../components/moment.tsx'

/** What the controllers say of the volume, each with whose condition it is and since when. */
export function Conditions({ conditions }: { conditions: VolumeDetail['conditions'] }) {
  const t = useTranslations('volume')
  if (conditions.length === 0) return <p className="px-4 py-3 text-ink-2">{t('noConditions')}</p>
  return (
    <ul>
      {conditions.map((condition) => {
        const Icon = condition.status === 'True' ? CircleCheck : condition.status === 'False' ? CircleX : CircleDashed
        return (
          <li
            key={`${condition.object.kind} ${condition.type}`}
            className="grid grid-cols-[auto_1fr] gap-x-2 border-b border-line px-4 py-2 last:border-b-0 sm:grid-cols-[auto_220px_1fr_auto]"
          >
            <Icon aria-hidden className="mt-0.5 size-4 text-ink-3" />
            <span className="min-w-0" lang="en">
              <span className="font-medium">{condition.type}</span>
              <span className="text-ink-3"> = {condition.status}</span>
              <span className="block truncate text-xs text-ink-3">{condition.object.kind}</span>
            </span>
            <span className="col-start-2 min-w-0 break-words text-ink-2 sm:col-start-3" lang="en">
              {[condition.reason, condition.message].filter(Boolean).join(': ')}
            </span>
            <Moment at={condition.at} className="col-start-2 text-sm text-ink-3 sm:col-start-4 sm:row-start-1" />
          </li>
        )
      })}
    </ul>
  )
}
