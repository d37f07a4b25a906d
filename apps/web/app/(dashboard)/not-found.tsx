'use client'

import Link from 'next/link'
import { useTranslations } from 'use-intl'
import { PageTitle } from '../../components/page-title.tsx'
import { EmptyState } from '../../components/states.tsx'
import { PageReady } from '../../features/live/page-ready.tsx'

export default function NotFound() {
  const t = useTranslations('shell')
  return (
    <>
      <PageTitle title={t('notFound')} />
      <div className="rounded-lg border border-line bg-surface">
        <EmptyState
          icon="noMatch"
          title={t('notFoundTitle')}
          action={
            <Link href="/" className="text-accent hover:underline">
              {t('toOverview')}
            </Link>
          }
        >
          {t('notFoundNext')}
        </EmptyState>
      </div>
      <PageReady />
    </>
  )
}
