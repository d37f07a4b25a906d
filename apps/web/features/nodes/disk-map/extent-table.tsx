'use client'

import type { Disk } from '@open-local/shared/api'
import Link from 'next/link'
import { useTranslations } from 'use-intl'
import { Amount } from '../../../components/amount.tsx'
import { volumeHref } from '../../../lib/hrefs.ts'
import { useExtentName } from './use-extent-name.ts'

/** The disk map in words: every run of every disk. */
export function ExtentTable({ disks }: { disks: Disk[] }) {
  const t = useTranslations('diskMap')
  const name = useExtentName()
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section className="max-h-96 overflow-auto rounded-md border border-line" aria-label={t('tableLabel')} tabIndex={0}>
      <table className="w-full min-w-[520px] text-sm">
        <thead className="text-left text-xs text-ink-3">
          <tr>
            {(['disk', 'what', 'kindOf', 'start', 'size'] as const).map((column) => (
              <th
                key={column}
                scope="col"
                className={`sticky top-0 bg-surface px-3 py-2 font-medium ${column === 'start' || column === 'size' ? 'text-right' : ''}`}
              >
                {t(`columns.${column}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {disks.flatMap((disk) =>
            disk.extents.map((extent) => (
              <tr key={`${disk.name} ${extent.startBytes}`} className="border-t border-line">
                <td className="px-3 py-1.5 font-mono whitespace-nowrap">{disk.name}</td>
                <td className="px-3 py-1.5 font-mono break-all">
                  {extent.claim ? (
                    <Link
                      href={volumeHref({ namespace: extent.claim.namespace, claim: extent.claim.name })}
                      className="inline-block min-h-6 leading-6 text-accent hover:underline"
                    >
                      {name({ extent, runs: 1 })}
                    </Link>
                  ) : (
                    <span className="font-sans">{name({ extent, runs: 1 })}</span>
                  )}
                </td>
                <td className="px-3 py-1.5 text-ink-2">{t(`extent.${extent.kind}`)}</td>
                <td className="px-3 py-1.5 text-right">
                  <Amount bytes={extent.startBytes} />
                </td>
                <td className="px-3 py-1.5 text-right">
                  <Amount bytes={extent.sizeBytes} />
                </td>
              </tr>
            )),
          )}
        </tbody>
      </table>
    </section>
  )
}
