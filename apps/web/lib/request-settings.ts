import { cookies, headers } from 'next/headers'
import { cache } from 'react'
import {
  isLocale,
  isTheme,
  LOCALE_COOKIE,
  type Locale,
  preferredLocale,
  RAIL_COOKIE,
  THEME_COOKIE,
  type Theme,
} from './locale.ts'

export interface RequestSettings {
  locale: Locale
  theme: Theme
  railCollapsed: boolean
}

/** Language, theme and rail as this browser last chose them; a first visit follows the browser. Once per request. */
export const requestSettings = cache(async (): Promise<RequestSettings> => {
  const [jar, head] = await Promise.all([cookies(), headers()])
  const locale = jar.get(LOCALE_COOKIE)?.value
  const theme = jar.get(THEME_COOKIE)?.value
  return {
    locale: isLocale(locale) ? locale : preferredLocale(head.get('accept-language')),
    theme: isTheme(theme) ? theme : 'system',
    railCollapsed: jar.get(RAIL_COOKIE)?.value === 'narrow',
  }
})
