export const locales = ['en', 'zh'] as const
export type Locale = (typeof locales)[number]
export const LOCALE_COOKIE = 'open-local-language'

export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]
export const THEME_COOKIE = 'open-local-theme'
export const RAIL_COOKIE = 'open-local-rail'

export function isLocale(value: string | undefined): value is Locale {
  return locales.some((locale) => locale === value)
}

export function isTheme(value: string | undefined): value is Theme {
  return themes.some((theme) => theme === value)
}

/** The language of Accept-Language that we speak and the browser likes best; English when it names none of ours. */
export function preferredLocale(acceptLanguage: string | null): Locale {
  const wanted = (acceptLanguage ?? '')
    .split(',')
    .map((part) => {
      const [tag = '', ...options] = part.trim().toLowerCase().split(';')
      const quality = options.map((option) => /^\s*q=([\d.]+)/.exec(option)?.[1]).find(Boolean)
      return { language: tag.split('-')[0], quality: quality === undefined ? 1 : Number(quality) }
    })
    .filter(({ quality }) => quality > 0)
    .sort((a, b) => b.quality - a.quality)
  for (const { language } of wanted) if (isLocale(language)) return language
  return 'en'
}
