'use client'

import type { VolumePhase } from '@open-local/shared/api'
import { CircleDot, CircleOff, CircleX, Hourglass, Link2, LoaderCircle, Trash2, Unlink } from 'lucide-react'
import { useTranslations } from 'use-intl'
import { cn } from '../../lib/class-names.ts'

const looks = {
  Pending: { icon: Hourglass, ink: 'text-attention' },
  Provisioning: { icon: LoaderCircle, ink: 'text-accent' },
  Ready: { icon: CircleDot, ink: 'text-ink-2' },
  InUse: { icon: Link2, ink: 'text-well' },
  Failed: { icon: CircleX, ink: 'text-critical' },
  Deleting: { icon: Trash2, ink: 'text-ink-3' },
  Released: { icon: Unlink, ink: 'text-attention' },
  Lost: { icon: CircleOff, ink: 'text-critical' },
} satisfies Record<VolumePhase, unknown>

/** Where a volume stands in its life, by shape and word. */
export function PhaseLabel({ phase }: { phase: VolumePhase }) {
  const t = useTranslations('phase')
  const { icon: Icon, ink } = looks[phase]
  return (
    <span className="inline-flex items-center gap-1.5 whitespace-nowrap">
      <Icon aria-hidden className={cn('size-4 shrink-0', ink)} />
      {t(phase)}
    </span>
  )
}
