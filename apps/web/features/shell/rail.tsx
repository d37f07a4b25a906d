'use client'

import { PanelLeftClose, PanelLeftOpen } from 'lucide-react'
import Link from 'next/link'
import { usePathname } from 'next/navigation'
import { useTranslations } from 'use-intl'
import { Hint } from '../../components/hint.tsx'
import { cn } from '../../lib/class-names.ts'
import { isCurrent, pages } from './pages.ts'

/** The way between pages: a rail on the left, a bar at the bottom of a phone. */
export function Rail({ collapsed, onToggle }: { collapsed: boolean; onToggle: () => void }) {
  const t = useTranslations('shell')
  const pathname = usePathname()
  const Toggle = collapsed ? PanelLeftOpen : PanelLeftClose
  return (
    <nav
      aria-label={t('navigation')}
      className={cn(
        'fixed inset-x-0 bottom-0 z-20 border-t border-line bg-surface',
        'md:sticky md:top-0 md:flex md:h-dvh md:shrink-0 md:flex-col md:border-t-0 md:border-r',
        collapsed ? 'md:w-(--rail-narrow)' : 'md:w-(--rail)',
      )}
    >
      <Link
        href="/"
        aria-label="Open-Local"
        className={cn(
          'hidden h-(--bar) items-center gap-2.5 px-4 font-semibold md:flex',
          collapsed && 'md:justify-center md:px-0',
        )}
      >
        <Mark />
        {!collapsed && <span className="tracking-tight">Open-Local</span>}
      </Link>
      <ul className="flex justify-around md:flex-col md:gap-0.5 md:px-2 md:py-1">
        {pages.map((page) => {
          const current = isCurrent(page, pathname)
          const Icon = page.icon
          const link = (
            <Link
              href={page.href}
              aria-current={current ? 'page' : undefined}
              className={cn(
                'flex flex-col items-center gap-0.5 rounded-md px-5 py-2 text-xs md:h-9 md:flex-row md:gap-2.5 md:px-2.5 md:py-0 md:text-base',
                current ? 'font-medium text-accent md:bg-accent-soft' : 'text-ink-2 hover:bg-inset hover:text-ink',
                collapsed && 'md:justify-center md:px-0',
              )}
            >
              <Icon aria-hidden className="size-[18px] shrink-0" strokeWidth={1.75} />
              <span className={cn(collapsed && 'md:sr-only')}>{t(`pages.${page.id}`)}</span>
            </Link>
          )
          return <li key={page.id}>{collapsed ? <Hint hint={t(`pages.${page.id}`)}>{link}</Hint> : link}</li>
        })}
      </ul>
      <button
        type="button"
        onClick={onToggle}
        aria-expanded={!collapsed}
        className={cn(
          'mx-2 mt-auto mb-2 hidden h-9 items-center gap-2.5 rounded-md px-2.5 text-ink-3 hover:bg-inset hover:text-ink md:flex',
          collapsed && 'md:justify-center md:px-0',
        )}
      >
        <Toggle aria-hidden className="size-[18px] shrink-0" strokeWidth={1.75} />
        <span className={cn('text-sm', collapsed && 'sr-only')}>{collapsed ? t('expandRail') : t('collapseRail')}</span>
      </button>
    </nav>
  )
}

/** A disk map in small. */
export function Mark() {
  return (
    <svg aria-hidden="true" viewBox="0 0 20 20" className="size-5 shrink-0">
      <rect x="1" y="2" width="18" height="4" rx="1" className="fill-accent" />
      <rect x="1" y="8" width="11" height="4" rx="1" className="fill-accent" />
      <rect x="13.5" y="8" width="5.5" height="4" rx="1" className="fill-accent" opacity="0.4" />
      <rect x="1" y="14" width="5" height="4" rx="1" className="fill-accent" />
      <rect x="7.5" y="14" width="11.5" height="4" rx="1" className="fill-accent" opacity="0.4" />
    </svg>
  )
}
