'use client'

import { useTranslations } from 'use-intl'
import { Badge } from './badge.tsx'
import { Hint } from './hint.tsx'

/** Beside the name of a node whose disks exist in memory only. */
export function SimulatedBadge() {
  const t = useTranslations('common')
  return (
    <Hint hint={t('simulatedHint')}>
      <span>
        <Badge className="border-dashed">{t('simulated')}</Badge>
      </span>
    </Hint>
  )
}
