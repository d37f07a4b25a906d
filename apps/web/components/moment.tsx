'use client'

import { useFormatter, useLocale, useNow } from 'use-intl'
import { Hint } from './hint.tsx'
import { Unknown } from './unknown.tsx'

/** A point in time: relative to read, absolute in this browser's time zone on hover. */
export function Moment({ at, className }: { at: string | null; className?: string }) {
  const format = useFormatter()
  const now = useNow({ updateInterval: 10_000 })
  if (at === null) return <Unknown />
  const date = new Date(at)
  // A clock a little behind the server's must not read "in 2 seconds".
  const shown = date > now && date.getTime() - now.getTime() < 10_000 ? now : date
  return (
    <Hint hint={<Absolute at={date} />}>
      <time dateTime={at} className={className ?? 'whitespace-nowrap'} suppressHydrationWarning>
        {format.relativeTime(shown, now)}
      </time>
    </Hint>
  )
}

/** Rendered when hovered, hence only in the browser, whose time zone it takes. */
function Absolute({ at }: { at: Date }) {
  const locale = useLocale()
  return <span className="numeric">{absoluteTime(at, locale)}</span>
}

export function absoluteTime(at: Date, locale: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'long' }).format(at)
}
