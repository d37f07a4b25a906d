'use client'

import type { VolumeDetail } from '@open-local/shared/api'
import Link from 'next/link'
import { useLocale, useTranslations } from 'use-intl'
import { Amount } from '../../components/amount.tsx'
import { Hint } from '../../components/hint.tsx'
import { Panel } from '../../components/panel.tsx'
import { bytesInWords } from '../../lib/bytes.ts'
import { nodeHref } from '../../lib/hrefs.ts'

type Run = VolumeDetail['segments'][number]

/** The volume's runs on each disk, to the disk's scale: the disk map with one volume lit. */
export function WhereBytesLie({ segments, node }: { segments: Run[]; node: string | null }) {
  const t = useTranslations('chain')
  if (segments.length === 0) return null
  const disks = Map.groupBy(segments, (segment) => segment.device)
  return (
    <Panel
      id="bytes"
      title={t('whereBytesLie')}
      actions={
        node && (
          <Link href={nodeHref(node)} className="inline-flex min-h-6 items-center text-sm text-accent hover:underline">
            {t('wholeDiskMap')}
          </Link>
        )
      }
    >
      <ul className="space-y-2.5">
        {[...disks].map(([device, runs]) => (
          <li key={device} className="grid items-center gap-x-4 gap-y-1 md:grid-cols-[168px_1fr]">
            <span className="text-sm">
              <span className="block truncate font-mono">{device}</span>
              <span className="text-xs text-ink-3">
                {t('runsOf', { count: runs.length })} <Amount bytes={runs[0]!.deviceBytes} />
              </span>
            </span>
            <RunStrip runs={runs} />
          </li>
        ))}
      </ul>
    </Panel>
  )
}

function RunStrip({ runs }: { runs: Run[] }) {
  const t = useTranslations('chain')
  const locale = useLocale()
  const text = (run: Run) =>
    t('run', {
      size: bytesInWords(run.sizeBytes, locale),
      start: bytesInWords(run.startBytes, locale),
      end: bytesInWords(run.startBytes + run.sizeBytes, locale),
    })
  return (
    <div className="min-w-0">
      <ul className="sr-only">
        {runs.map((run) => (
          <li key={run.startBytes}>{text(run)}</li>
        ))}
      </ul>
      <div aria-hidden className="relative h-7 overflow-hidden rounded-md bg-(--capacity-empty)">
        {runs.map((run) => (
          <Hint key={run.startBytes} hint={<span className="numeric">{text(run)}</span>}>
            <div
              className="absolute inset-y-0 min-w-1.5 bg-(--volume-a)"
              style={{
                left: `min(${(run.startBytes / run.deviceBytes) * 100}%, 100% - 6px)`,
                width: `${(run.sizeBytes / run.deviceBytes) * 100}%`,
              }}
            />
          </Hint>
        ))}
      </div>
    </div>
  )
}
