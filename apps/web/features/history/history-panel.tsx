'use client'

import { useQuery } from '@tanstack/react-query'
import dynamic from 'next/dynamic'
import { parseAsStringLiteral, useQueryState } from 'nuqs'
import { useFormatter, useLocale, useNow, useTranslations } from 'use-intl'
import { Amount } from '../../components/amount.tsx'
import { CapacitySwatch } from '../../components/capacity-bar.tsx'
import { absoluteTime } from '../../components/moment.tsx'
import { Panel } from '../../components/panel.tsx'
import { Segmented } from '../../components/segmented.tsx'
import { Skeleton } from '../../components/skeleton.tsx'
import { EmptyState, ErrorState } from '../../components/states.tsx'
import { historyQuery } from '../../lib/queries.ts'
import type { History } from './chart-points.ts'
import type { HistorySubject } from './history-chart.tsx'
import { historyRanges } from './ranges.ts'

const HistoryChart = dynamic(() => import('./history-chart.tsx'), { ssr: false, loading: () => <ChartSkeleton /> })

interface HistoryPanelProps {
  subject: HistorySubject
  /** Node name or volume id; none for the fleet. */
  subjectKey?: string
  className?: string
}

/** Space over time with its range in the URL, and the same figures as a table. */
export function HistoryPanel({ subject, subjectKey, className }: HistoryPanelProps) {
  const t = useTranslations('history')
  const [range, setRange] = useQueryState('range', parseAsStringLiteral(historyRanges).withDefault('24h'))
  const [view, setView] = useQueryState('history', parseAsStringLiteral(['chart', 'table']).withDefault('chart'))
  const query = useQuery(
    historyQuery(subjectKey === undefined ? { subject, range } : { subject, key: subjectKey, range }),
  )
  return (
    <Panel
      id="history"
      title={subject === 'volume' ? t('growth') : t('title')}
      className={className}
      actions={
        <>
          <Segmented
            label={t('view')}
            value={view}
            onChange={(next) => void setView(next)}
            options={[
              { value: 'chart', label: t('chart') },
              { value: 'table', label: t('table') },
            ]}
          />
          <Segmented
            label={t('range')}
            value={range}
            onChange={(next) => void setRange(next, { history: 'push' })}
            options={historyRanges.map((value) => ({ value, label: t(`ranges.${value}`) }))}
          />
        </>
      }
    >
      {query.data ? (
        <HistoryView history={query.data} subject={subject} view={view} />
      ) : query.error ? (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} retrying={query.isFetching} />
      ) : (
        <ChartSkeleton />
      )}
    </Panel>
  )
}

export function HistoryView({
  history,
  subject,
  view,
}: {
  history: History
  subject: HistorySubject
  view: 'chart' | 'table'
}) {
  const t = useTranslations('history')
  if (history.points.length === 0) return <EmptyState title={t('empty')}>{t('emptyNext')}</EmptyState>
  return (
    <>
      <Outlook history={history} subject={subject} />
      {view === 'chart' ? (
        <>
          {/* The table view holds the same figures for screen readers. */}
          <div aria-hidden>
            <HistoryChart history={history} subject={subject} />
          </div>
          <ChartLegend subject={subject} forecast={history.fullAt !== null} />
        </>
      ) : (
        <HistoryTable history={history} subject={subject} />
      )}
    </>
  )
}

/** The chart's answer in one sentence. */
function Outlook({ history, subject }: { history: History; subject: HistorySubject }) {
  const t = useTranslations('history')
  const format = useFormatter()
  const now = useNow({ updateInterval: 60_000 })
  if (history.fullAt === null) return <p className="mb-2 text-sm text-ink-2">{t('notFilling')}</p>
  const when = format.relativeTime(new Date(history.fullAt), now)
  return (
    <p className="mb-2 text-sm" suppressHydrationWarning>
      {subject === 'volume' ? t('volumeFullAt', { when }) : t('fullAt', { when })}
    </p>
  )
}

function ChartLegend({ subject, forecast }: { subject: HistorySubject; forecast: boolean }) {
  const t = useTranslations('capacity')
  return (
    <ul className="mt-2 flex flex-wrap gap-x-4 gap-y-1 text-xs text-ink-2">
      {subject !== 'volume' &&
        (['allocated', 'other', 'reserved'] as const).map((part) => (
          <li key={part} className="flex items-center gap-1.5">
            <CapacitySwatch part={part} />
            {t(part)}
          </li>
        ))}
      <li className="flex items-center gap-1.5">
        <span aria-hidden className={subject === 'volume' ? 'h-0.5 w-4 bg-used' : 'h-0.5 w-4 bg-ink'} />
        {t('used')}
      </li>
      {forecast && (
        <li className="flex items-center gap-1.5">
          <span aria-hidden className="w-4 border-t-2 border-dashed border-ink-2" />
          {t('forecast')}
        </li>
      )}
    </ul>
  )
}

function HistoryTable({ history, subject }: { history: History; subject: HistorySubject }) {
  const t = useTranslations('capacity')
  const tHistory = useTranslations('history')
  const locale = useLocale()
  const columns =
    subject === 'volume'
      ? (['usedBytes', 'capacityBytes'] as const)
      : (['allocatedBytes', 'reservedBytes', 'availableBytes', 'usedBytes'] as const)
  const names = {
    usedBytes: t('used'),
    capacityBytes: t('limit'),
    allocatedBytes: t('allocated'),
    reservedBytes: t('reserved'),
    availableBytes: t('available'),
  }
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section className="h-64 overflow-auto" tabIndex={0} aria-label={tHistory('table')}>
      <table className="w-full text-sm">
        <thead>
          <tr className="text-left text-xs text-ink-3">
            <th scope="col" className="sticky top-0 bg-surface py-1.5 font-medium">
              {tHistory('time')}
            </th>
            {columns.map((column) => (
              <th key={column} scope="col" className="sticky top-0 bg-surface py-1.5 pl-4 text-right font-medium">
                {names[column]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {history.points.toReversed().map((point) => (
            <tr key={point.at} className="border-t border-line">
              <td className="numeric py-1.5 whitespace-nowrap" suppressHydrationWarning>
                {absoluteTime(new Date(point.at), locale)}
              </td>
              {columns.map((column) => (
                <td key={column} className="py-1.5 pl-4 text-right">
                  <Amount bytes={point[column]} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function ChartSkeleton() {
  return <Skeleton className="h-[232px] w-full" />
}
