'use client'

import { Menu } from '@base-ui/react/menu'
import { Check, SlidersHorizontal } from 'lucide-react'
import { useLocale, useTranslations } from 'use-intl'
import { type Locale, locales, type Theme, themes } from '../../lib/locale.ts'
import { usePreferences } from './use-preferences.ts'

const itemLook =
  'flex h-8 cursor-default items-center gap-2 rounded px-2 text-sm outline-none data-highlighted:bg-inset data-highlighted:text-ink'

/** Language and theme of this browser, and the list of keys. */
export function SettingsMenu({ onKeys }: { onKeys: () => void }) {
  const t = useTranslations('shell')
  const locale = useLocale()
  const { theme, setTheme, setLocale } = usePreferences()
  return (
    <Menu.Root>
      <Menu.Trigger
        aria-label={t('settings')}
        className="inline-flex size-8 items-center justify-center rounded-md text-ink-2 hover:bg-inset hover:text-ink data-popup-open:bg-inset"
      >
        <SlidersHorizontal aria-hidden className="size-4" />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner align="end" sideOffset={6} className="z-40">
          <Menu.Popup className="min-w-52 rounded-lg border border-line-strong bg-raised p-1 text-ink-2 shadow-(--overlay-shadow) outline-none">
            <Menu.Group>
              <Menu.GroupLabel className="px-2 pt-1.5 pb-1 text-xs text-ink-3">{t('theme')}</Menu.GroupLabel>
              <Menu.RadioGroup value={theme} onValueChange={(value: Theme) => setTheme(value)}>
                {themes.map((option) => (
                  <Choice key={option} value={option} label={t(`themes.${option}`)} />
                ))}
              </Menu.RadioGroup>
            </Menu.Group>
            <Menu.Separator className="my-1 h-px bg-line" />
            <Menu.Group>
              <Menu.GroupLabel className="px-2 pt-1.5 pb-1 text-xs text-ink-3">{t('language')}</Menu.GroupLabel>
              <Menu.RadioGroup value={locale} onValueChange={(value: Locale) => setLocale(value)}>
                {locales.map((option) => (
                  <Choice key={option} value={option} label={languageNames[option]} lang={option} />
                ))}
              </Menu.RadioGroup>
            </Menu.Group>
            <Menu.Separator className="my-1 h-px bg-line" />
            <Menu.Item className={itemLook} onClick={onKeys}>
              {t('keys')}
              <kbd className="ml-auto font-mono text-xs text-ink-3">?</kbd>
            </Menu.Item>
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  )
}

/** Each language by its own name, whatever the page's. */
export const languageNames: Record<Locale, string> = { en: 'English', zh: '简体中文' }

function Choice({ value, label, lang }: { value: string; label: string; lang?: string }) {
  return (
    <Menu.RadioItem value={value} closeOnClick className={itemLook} lang={lang}>
      {label}
      <Menu.RadioItemIndicator className="ml-auto">
        <Check aria-hidden className="size-4 text-accent" />
      </Menu.RadioItemIndicator>
    </Menu.RadioItem>
  )
}
