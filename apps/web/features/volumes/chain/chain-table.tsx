'use client'

import type { ChainLink } from '@open-local/shared/api'
import Link from 'next/link'
import { useTranslations } from 'use-intl'
import { HealthLabel } from '../../../components/health.tsx'
import { Unknown } from '../../../components/unknown.tsx'
import { useChainWords } from './use-words.ts'

/** The chain in words. */
export function ChainTable({ chain }: { chain: ChainLink[] }) {
  const t = useTranslations('chain')
  const { factName, stateName } = useChainWords()
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section className="overflow-x-auto rounded-md border border-line" aria-label={t('title')} tabIndex={0}>
      <table className="w-full min-w-[640px] text-sm">
        <thead className="text-left text-xs text-ink-3">
          <tr>
            {(['kind', 'name', 'state', 'health', 'facts'] as const).map((column) => (
              <th key={column} scope="col" className="px-3 py-2 font-medium">
                {t(`columns.${column}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {chain.map((link) => (
            <tr key={`${link.kind} ${link.namespace} ${link.name}`} className="border-t border-line align-top">
              <td className="px-3 py-1.5 whitespace-nowrap">{t(`kind.${link.kind}`)}</td>
              <td className="px-3 py-1.5 font-mono break-all">
                {link.href ? (
                  <Link href={link.href} className="inline-block min-h-6 leading-6 text-accent hover:underline">
                    {link.name}
                  </Link>
                ) : (
                  link.name
                )}
              </td>
              <td className="px-3 py-1.5">{link.state ? stateName(link.state) : <Unknown />}</td>
              <td className="px-3 py-1.5">
                <HealthLabel health={link.health} />
              </td>
              <td className="px-3 py-1.5 text-ink-2">
                {link.facts.map(({ name, value }) => `${factName(name)}: ${value}`).join(' · ')}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
