'use client'

import { useLocale, useTranslations } from 'use-intl'
import { bytesInWords, gibibytes } from '../lib/bytes.ts'
import { cn } from '../lib/class-names.ts'
import { CopyButton } from './copy-button.tsx'
import { Hint } from './hint.tsx'
import { Unknown } from './unknown.tsx'

interface AmountProps {
  bytes: number | null
  /** `gib`: the number alone, for a column that names the unit. */
  unit?: 'auto' | 'gib'
  copy?: boolean
  className?: string
}

/** A byte count: rounded to read, exact on hover, copied exactly. Null is unknown, never zero. */
export function Amount({ bytes, unit = 'auto', copy = false, className }: AmountProps) {
  const locale = useLocale()
  const t = useTranslations('common')
  if (bytes === null) return <Unknown />
  const text = unit === 'gib' ? gibibytes(bytes, locale) : bytesInWords(bytes, locale)
  return (
    <span className={cn('numeric inline-flex items-center whitespace-nowrap', className)}>
      <Hint hint={<span className="numeric">{t('exactBytes', { bytes })}</span>}>
        <data value={bytes}>{text}</data>
      </Hint>
      {copy && <CopyButton value={String(bytes)} label={t('bytes')} />}
    </span>
  )
}
