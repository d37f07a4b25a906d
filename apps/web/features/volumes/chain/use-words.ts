import { useTranslations } from 'use-intl'
import type en from '../../../messages/en.json'

type FactName = keyof typeof en.chain.facts
type StateName = keyof typeof en.chain.states

/** Names of facts and states in the reader's language; as the server wrote them where the catalogue has none. */
export function useChainWords(): { factName: (name: string) => string; stateName: (name: string) => string } {
  const t = useTranslations('chain')
  return {
    factName: (name) => (t.has(`facts.${name as FactName}`) ? t(`facts.${name as FactName}`) : name),
    stateName: (name) => (t.has(`states.${name as StateName}`) ? t(`states.${name as StateName}`) : name),
  }
}
