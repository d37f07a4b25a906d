'use client'

import { type ReactNode, useCallback, useState } from 'react'
import { useTranslations } from 'use-intl'
import { keepChoice } from '../../lib/cookie.ts'
import { RAIL_COOKIE } from '../../lib/locale.ts'
import { LiveProvider } from '../live/live-provider.tsx'
import { Header } from './header.tsx'
import { KeysDialog } from './keys-dialog.tsx'
import { Palette } from './palette.tsx'
import { Rail } from './rail.tsx'
import { useKeys } from './use-keys.ts'

/** What surrounds every page: rail, header, palette, keys, the live stream. */
export function AppShell({ railCollapsed, children }: { railCollapsed: boolean; children: ReactNode }) {
  const t = useTranslations('shell')
  const [collapsed, setCollapsed] = useState(railCollapsed)
  const [palette, setPalette] = useState(false)
  const [keys, setKeys] = useState(false)
  const openPalette = useCallback(() => setPalette(true), [])
  const openKeys = useCallback(() => setKeys(true), [])
  useKeys({ onPalette: openPalette, onKeys: openKeys })
  const toggleRail = () => {
    keepChoice(RAIL_COOKIE, collapsed ? 'wide' : 'narrow')
    setCollapsed(!collapsed)
  }
  return (
    <LiveProvider>
      <a
        href="#content"
        className="fixed top-2 left-2 z-50 -translate-y-16 rounded-md bg-accent px-3 py-2 text-accent-ink focus:translate-y-0"
      >
        {t('skip')}
      </a>
      <div className="flex min-h-dvh">
        <Rail collapsed={collapsed} onToggle={toggleRail} />
        <div className="flex min-w-0 flex-1 flex-col max-md:pb-16">
          <Header onPalette={openPalette} onKeys={openKeys} />
          <main
            id="content"
            tabIndex={-1}
            className="mx-auto w-full max-w-[1520px] flex-1 px-4 py-5 outline-none md:px-6"
          >
            {children}
          </main>
        </div>
      </div>
      <Palette open={palette} onOpenChange={setPalette} onKeys={openKeys} />
      <KeysDialog open={keys} onOpenChange={setKeys} />
    </LiveProvider>
  )
}
