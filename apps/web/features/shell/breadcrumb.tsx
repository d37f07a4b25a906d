'use client'

import { ChevronRight } from 'lucide-react'
import Link from 'next/link'
import { usePathname } from 'next/navigation'
import { useTranslations } from 'use-intl'
import { isCurrent, pages } from './pages.ts'

/** Where this page stands, read from its address: page, then the object's own name. */
export function Breadcrumb() {
  const t = useTranslations('shell')
  const pathname = usePathname()
  const page = pages.find((candidate) => isCurrent(candidate, pathname))
  if (!page) return null
  const parts = pathname.split('/').filter(Boolean).slice(1).map(decodeURIComponent)
  const name = parts.join('/')
  return (
    <nav aria-label={t('breadcrumb')} className="min-w-0">
      <ol className="flex min-w-0 items-center gap-1 text-sm">
        <li className="shrink-0">
          {name ? (
            <Link href={page.href} className="inline-flex min-h-6 items-center text-ink-2 hover:text-ink">
              {t(`pages.${page.id}`)}
            </Link>
          ) : (
            <span aria-current="page" className="font-medium">
              {t(`pages.${page.id}`)}
            </span>
          )}
        </li>
        {name && (
          <li className="flex min-w-0 items-center gap-1 max-sm:hidden">
            <ChevronRight aria-hidden className="size-3.5 shrink-0 text-ink-3" />
            <span aria-current="page" className="truncate font-mono">
              {name}
            </span>
          </li>
        )}
      </ol>
    </nav>
  )
}
