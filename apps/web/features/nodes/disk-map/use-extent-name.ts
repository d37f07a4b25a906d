import { useTranslations } from 'use-intl'
import type { Segment } from './segments.ts'

/** What lies in a segment, by the name people know it: its claim, else its own label, else its kind. */
export function useExtentName(): (segment: Pick<Segment, 'extent' | 'runs'>) => string {
  const t = useTranslations('diskMap')
  return ({ extent, runs }) => {
    if (runs > 1) return t('several', { count: runs, kind: t(`extent.${extent.kind}`) })
    if (extent.claim) return `${extent.claim.namespace}/${extent.claim.name}`
    // A label that only repeats the kind is English; the catalogue has the word.
    const repeats = extent.kind === 'free' || extent.label.toLowerCase() === extent.kind.toLowerCase()
    return repeats ? t(`extent.${extent.kind}`) : extent.label || t(`extent.${extent.kind}`)
  }
}
