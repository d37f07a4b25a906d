'use client'

import { useLocale } from 'use-intl'
import { Amount } from '../../components/amount.tsx'
import { Unknown } from '../../components/unknown.tsx'
import { percent } from '../../lib/bytes.ts'
import { cn } from '../../lib/class-names.ts'

/** Bytes used inside a volume's file system beside its size. Raw block volumes and silent agents: unknown. */
export function UsedMeter({ used, size, unit = 'gib' }: { used: number | null; size: number; unit?: 'auto' | 'gib' }) {
  const locale = useLocale()
  if (used === null) return <Unknown />
  const share = size > 0 ? Math.min(1, used / size) : 0
  const tone = share >= 0.95 ? 'bg-critical' : share >= 0.85 ? 'bg-attention' : 'bg-used'
  return (
    <span className="inline-flex items-center gap-2">
      <Amount bytes={used} unit={unit} />
      <span aria-hidden className="h-1.5 w-12 overflow-hidden rounded-sm bg-(--capacity-empty)">
        <span className={cn('block h-full', tone)} style={{ width: `${share * 100}%` }} />
      </span>
      <span className="numeric w-9 text-right text-xs text-ink-3">{percent(used, size, locale)}</span>
    </span>
  )
}
