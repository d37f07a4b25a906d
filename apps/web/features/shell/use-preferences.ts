'use client'

import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { keepChoice } from '../../lib/cookie.ts'
import { LOCALE_COOKIE, type Locale, THEME_COOKIE, type Theme, themes } from '../../lib/locale.ts'

/** Theme changes at once; a language comes with the server's next answer, without losing the page's state. */
export function usePreferences(): {
  theme: Theme
  setTheme: (theme: Theme) => void
  setLocale: (locale: Locale) => void
} {
  const router = useRouter()
  const [theme, setShown] = useState<Theme>(readTheme)
  return {
    theme,
    setTheme: (next) => {
      if (next === 'system') delete document.documentElement.dataset.theme
      else document.documentElement.dataset.theme = next
      keepChoice(THEME_COOKIE, next)
      setShown(next)
    },
    setLocale: (locale) => {
      keepChoice(LOCALE_COOKIE, locale)
      document.documentElement.lang = locale === 'zh' ? 'zh-CN' : 'en'
      router.refresh()
    },
  }
}

function readTheme(): Theme {
  if (typeof document === 'undefined') return 'system'
  return themes.find((theme) => theme === document.documentElement.dataset.theme) ?? 'system'
}
