'use client'

import { Check, Copy } from 'lucide-react'
import { useEffect, useState } from 'react'
import { toast } from 'sonner'
import { useTranslations } from 'use-intl'
import { cn } from '../lib/class-names.ts'

/** Copies `value`; its name says of what. */
export function CopyButton({ value, label, className }: { value: string; label: string; className?: string }) {
  const t = useTranslations('common')
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), 1500)
    return () => clearTimeout(timer)
  }, [copied])
  const copy = () =>
    navigator.clipboard.writeText(value).then(
      () => setCopied(true),
      () => toast.error(t('copyFailed')),
    )
  return (
    <button
      type="button"
      onClick={copy}
      aria-label={t('copyNamed', { label })}
      className={cn(
        'inline-flex size-6 shrink-0 items-center justify-center rounded text-ink-3 hover:bg-inset hover:text-ink',
        className,
      )}
    >
      {copied ? <Check className="size-3.5 text-well" aria-hidden /> : <Copy className="size-3.5" aria-hidden />}
    </button>
  )
}
