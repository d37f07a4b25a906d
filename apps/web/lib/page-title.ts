import type { Metadata } from 'next'
import { createTranslator } from 'use-intl/core'
import { messagesOf } from './messages.ts'
import { requestSettings } from './request-settings.ts'

type PageName = 'overview' | 'nodes' | 'volumes'

/** A page's title in the reader's language; with an object's name, that name first. */
export async function pageTitle(say: (t: (name: PageName) => string) => string): Promise<Metadata> {
  const { locale } = await requestSettings()
  const t = createTranslator({ locale, messages: messagesOf(locale), namespace: 'shell.pages' })
  return { title: say((name) => t(name)) }
}
