'use client'

import { useTranslations } from 'use-intl'
import { Hint } from './hint.tsx'

/** A value that nobody knows. Not zero, not empty. */
export function Unknown() {
  const t = useTranslations('common')
  return (
    <Hint hint={t('unknownHint')}>
      <span className="text-ink-3">
        <span aria-hidden>—</span>
        <span className="sr-only">{t('unknown')}</span>
      </span>
    </Hint>
  )
}
