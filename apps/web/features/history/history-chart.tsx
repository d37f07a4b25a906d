'use client'

import {
  Area,
  CartesianGrid,
  ComposedChart,
  Line,
  ReferenceLine,
  ResponsiveContainer,
  Tooltip,
  type TooltipContentProps,
  XAxis,
  YAxis,
} from 'recharts'
import { useLocale, useTranslations } from 'use-intl'
import { absoluteTime } from '../../components/moment.tsx'
import { bytesInWords } from '../../lib/bytes.ts'
import { type ChartPoint, chartPoints, forecastPoints, type History } from './chart-points.ts'

export type HistorySubject = 'fleet' | 'node' | 'volume'

/** Space over time: areas stacked as in a capacity bar, used bytes as a line, forecast dashed, the limit as a rule. */
export default function HistoryChart({ history, subject }: { history: History; subject: HistorySubject }) {
  const t = useTranslations('capacity')
  const locale = useLocale()
  const level = subject === 'volume' ? 'used' : 'taken'
  const forecast = forecastPoints(history, level)
  const points = [...chartPoints(history), ...forecast]
  const capacity = history.points.at(-1)?.capacityBytes ?? 0
  const top = Math.max(
    capacity,
    ...points.map((point) => (point.allocated ?? 0) + (point.other ?? 0) + (point.reserved ?? 0)),
  )
  const from = Date.parse(history.from)
  const to = Math.max(Date.parse(history.to), forecast.at(-1)?.at ?? 0)
  const longRange = to - from > 36 * 3600_000
  const tick = new Intl.DateTimeFormat(
    locale,
    longRange ? { month: 'short', day: 'numeric' } : { hour: '2-digit', minute: '2-digit', hour12: false },
  )
  const area = {
    type: 'linear',
    stackId: 'space',
    strokeWidth: 1,
    fillOpacity: 1,
    isAnimationActive: false,
    connectNulls: false,
  } as const
  return (
    <ResponsiveContainer width="100%" height={232}>
      <ComposedChart data={points} margin={{ top: 12, right: 8, bottom: 0, left: 0 }} accessibilityLayer={false}>
        <defs>
          <pattern id="reserved" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
            <line x1="0" y1="0" x2="0" y2="5" stroke="var(--capacity-reserved)" strokeWidth="1.5" />
          </pattern>
        </defs>
        <CartesianGrid vertical={false} stroke="var(--line)" />
        <XAxis
          dataKey="at"
          type="number"
          scale="time"
          domain={[from, to]}
          tickFormatter={(at: number) => tick.format(at)}
          tick={{ fill: 'var(--ink-3)', fontSize: 12 }}
          tickLine={false}
          axisLine={{ stroke: 'var(--line-strong)' }}
          minTickGap={48}
        />
        <YAxis
          domain={[0, top]}
          tickFormatter={(bytes: number) => bytesInWords(bytes, locale)}
          tick={{ fill: 'var(--ink-3)', fontSize: 12 }}
          ticks={[0, capacity / 4, capacity / 2, (capacity * 3) / 4, capacity]}
          tickLine={false}
          axisLine={false}
          width={76}
        />
        <Tooltip
          content={(props) => <Values {...(props as ValuesProps)} subject={subject} />}
          isAnimationActive={false}
        />
        {subject === 'volume' ? (
          <Area {...area} dataKey="used" stroke="var(--used)" fill="var(--used)" fillOpacity={0.2} />
        ) : (
          <>
            <Area {...area} dataKey="allocated" stroke="none" fill="var(--capacity-allocated)" />
            <Area {...area} dataKey="other" stroke="none" fill="var(--capacity-other)" />
            <Area {...area} dataKey="reserved" stroke="none" fill="url(#reserved)" />
            <Line
              dataKey="used"
              stroke="var(--ink)"
              strokeWidth={1.5}
              dot={false}
              isAnimationActive={false}
              connectNulls={false}
            />
          </>
        )}
        <Line
          dataKey="forecast"
          stroke="var(--ink-2)"
          strokeDasharray="4 4"
          strokeWidth={1.5}
          dot={false}
          isAnimationActive={false}
          connectNulls={false}
        />
        <ReferenceLine
          y={capacity}
          stroke="var(--ink-2)"
          label={{ value: t('limit'), position: 'insideTopRight', fill: 'var(--ink-2)', fontSize: 12 }}
        />
      </ComposedChart>
    </ResponsiveContainer>
  )
}

type ValuesProps = TooltipContentProps<number, string>

/** Every series at the hovered moment. */
function Values({ active, payload, subject }: ValuesProps & { subject: HistorySubject }) {
  const t = useTranslations('capacity')
  const locale = useLocale()
  const point = payload?.[0]?.payload as ChartPoint | undefined
  if (!active || !point) return null
  const names =
    subject === 'volume'
      ? (['used', 'forecast'] as const)
      : (['allocated', 'other', 'reserved', 'used', 'forecast'] as const)
  return (
    <div className="rounded-md border border-line-strong bg-raised px-3 py-2 text-xs shadow-(--overlay-shadow)">
      <p className="numeric mb-1 text-ink-3">{absoluteTime(new Date(point.at), locale)}</p>
      <dl className="space-y-0.5">
        {names.map((name) =>
          name === 'forecast' && point.forecast === null ? null : (
            <div key={name} className="flex justify-between gap-6">
              <dt className="text-ink-2">{t(name)}</dt>
              <dd className="numeric">{point[name] === null ? '—' : bytesInWords(point[name], locale)}</dd>
            </div>
          ),
        )}
      </dl>
    </div>
  )
}
