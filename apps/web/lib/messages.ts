import en from '../messages/en.json'
import zh from '../messages/zh.json'
import type { Locale } from './locale.ts'

const catalogues: Record<Locale, typeof en> = { en, zh }

/** The whole catalogue of one language; both hold the same keys (messages.test.ts). */
export function messagesOf(locale: Locale): typeof en {
  return catalogues[locale]
}

declare module 'use-intl' {
  interface AppConfig {
    Messages: typeof en
    Locale: Locale
  }
}
