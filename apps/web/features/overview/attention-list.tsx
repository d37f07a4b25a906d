'use client'

import type { Attention } from '@open-local/shared/api'
import { ArrowRight } from 'lucide-react'
import Link from 'next/link'
import { useTranslations } from 'use-intl'
import { FirstFew } from '../../components/first-few.tsx'
import { HealthIcon } from '../../components/health.tsx'
import { Moment } from '../../components/moment.tsx'
import { Panel } from '../../components/panel.tsx'
import { useReason } from '../../lib/use-reason.ts'

/** What needs a person, most urgent first, each with its way out. One calm line when nothing does. */
export function AttentionList({ items, className }: { items: Attention[]; className?: string }) {
  const t = useTranslations('overview')
  const say = useReason()
  return (
    <Panel
      id="attention"
      title={t('attention')}
      note={items.length > 0 ? t('attentionCount', { count: items.length }) : undefined}
      className={className}
      flush
    >
      {items.length === 0 ? (
        <p className="flex items-center gap-2 px-4 py-3 text-ink-2">
          <HealthIcon health="well" />
          {t('nothingWrong')}
        </p>
      ) : (
        <FirstFew items={items} count={6}>
          {(shown) => (
            <ul>
              {shown.map((item) => (
                <li key={item.id} className="border-b border-line last:border-b-0">
                  <Link href={item.href} className="group flex items-start gap-3 px-4 py-2.5 hover:bg-inset/60">
                    <HealthIcon health={item.severity} className="mt-0.5" />
                    <span className="sr-only">{t(`severity.${item.severity}`)}</span>
                    <span className="min-w-0 flex-1">
                      <span className="block break-words">{say(item)}</span>
                      <span className="mt-0.5 flex flex-wrap gap-x-2 text-sm text-ink-3">
                        <span className="font-mono break-all">
                          {[item.subject.namespace, item.subject.name].filter(Boolean).join('/')}
                        </span>
                        {item.since && <Moment at={item.since} />}
                      </span>
                    </span>
                    <span className="mt-0.5 inline-flex shrink-0 items-center gap-1 text-sm text-accent group-hover:underline">
                      <span className="max-sm:sr-only">{t('look')}</span>
                      <ArrowRight aria-hidden className="size-4" />
                    </span>
                  </Link>
                </li>
              ))}
            </ul>
          )}
        </FirstFew>
      )}
    </Panel>
  )
}
