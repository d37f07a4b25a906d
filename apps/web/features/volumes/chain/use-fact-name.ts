import { useTranslations } from 'use-intl'
import type en from '../../../messages/en.json'

type FactName = keyof typeof en.chain.facts

/** A fact's name in the reader's language; as the server wrote it where the catalogue has none. */
export function useFactName(): (name: string) => string {
  const t = useTranslations('chain.facts')
  return (name) => (t.has(name as FactName) ? t(name as FactName) : name)
}
