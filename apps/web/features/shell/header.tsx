'use client'

import { Link2, Search } from 'lucide-react'
import { toast } from 'sonner'
import { useTranslations } from 'use-intl'
import { Hint } from '../../components/hint.tsx'
import { LiveStamp } from '../live/stamp.tsx'
import { Breadcrumb } from './breadcrumb.tsx'
import { Mark } from './rail.tsx'
import { SettingsMenu } from './settings-menu.tsx'

export function Header({ onPalette, onKeys }: { onPalette: () => void; onKeys: () => void }) {
  const t = useTranslations('shell')
  return (
    <header className="sticky top-0 z-10 flex h-(--bar) items-center gap-2 border-b border-line bg-surface px-4 md:px-6">
      <span className="md:hidden">
        <Mark />
      </span>
      <Breadcrumb />
      <div className="ml-auto flex items-center gap-1">
        <LiveStamp />
        <button
          type="button"
          onClick={onPalette}
          title={t('openPalette')}
          aria-keyshortcuts="Control+K Meta+K"
          className="ml-2 inline-flex h-8 min-w-8 items-center justify-center gap-2 rounded-md text-sm text-ink-3 hover:text-ink lg:border lg:border-line-strong lg:px-2.5"
        >
          <Search aria-hidden className="size-4" />
          <span className="max-lg:sr-only">{t('search')}</span>
          <kbd aria-hidden className="hidden font-mono text-xs lg:inline">
            Ctrl K
          </kbd>
        </button>
        <Hint hint={t('copyLink')}>
          <button
            type="button"
            onClick={() => copyLink(t('linkCopied'), t('copyFailed'))}
            aria-label={t('copyLink')}
            className="inline-flex size-8 items-center justify-center rounded-md text-ink-2 hover:bg-inset hover:text-ink max-sm:hidden"
          >
            <Link2 aria-hidden className="size-4" />
          </button>
        </Hint>
        <SettingsMenu onKeys={onKeys} />
      </div>
    </header>
  )
}

/** The address holds filters, sort, range and tab: whoever opens it sees the same. */
export function copyLink(done: string, failed: string): void {
  navigator.clipboard.writeText(window.location.href).then(
    () => toast.success(done),
    () => toast.error(failed),
  )
}
