'use client'

import type { Health as HealthValue, Reason } from '@open-local/shared/api'
import { CircleCheck, CircleDashed, OctagonAlert, TriangleAlert } from 'lucide-react'
import { useTranslations } from 'use-intl'
import { cn } from '../lib/class-names.ts'
import { useReason } from '../lib/use-reason.ts'
import { Hint } from './hint.tsx'

/** Each state has its own shape and word; colour only repeats them. */
const looks = {
  well: { icon: CircleCheck, ink: 'text-well' },
  attention: { icon: TriangleAlert, ink: 'text-attention' },
  critical: { icon: OctagonAlert, ink: 'text-critical' },
  unknown: { icon: CircleDashed, ink: 'text-unknown' },
} satisfies Record<HealthValue, unknown>

export function HealthIcon({ health, className }: { health: HealthValue; className?: string }) {
  const { icon: Icon, ink } = looks[health]
  return <Icon aria-hidden className={cn('size-4 shrink-0', ink, className)} />
}

/** A health with its word; its reasons on hover. */
export function HealthLabel({ health, reasons = [] }: { health: HealthValue; reasons?: Reason[] }) {
  const t = useTranslations('health')
  const say = useReason()
  const label = (
    <span className="inline-flex items-center gap-1.5 whitespace-nowrap">
      <HealthIcon health={health} />
      {t(health)}
    </span>
  )
  if (reasons.length === 0) return label
  return (
    <Hint
      hint={
        <ul className="space-y-1">
          {reasons.map((reason) => (
            <li key={reason.code + reason.message}>{say(reason)}</li>
          ))}
        </ul>
      }
    >
      {label}
    </Hint>
  )
}

/** Every reason as a sentence, for a page about one object. */
export function ReasonList({ health, reasons }: { health: HealthValue; reasons: Reason[] }) {
  const say = useReason()
  if (reasons.length === 0) return null
  const soft = {
    well: 'bg-well-soft',
    attention: 'bg-attention-soft',
    critical: 'bg-critical-soft',
    unknown: 'bg-unknown-soft',
  }
  return (
    <ul className={cn('space-y-1.5 rounded-lg px-4 py-3', soft[health])}>
      {reasons.map((reason) => (
        <li key={reason.code + reason.message} className="flex gap-2">
          <HealthIcon health={health} className="mt-0.5" />
          <span className="min-w-0 break-words">{say(reason)}</span>
        </li>
      ))}
    </ul>
  )
}
