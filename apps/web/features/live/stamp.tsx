'use client'

import { useEffect, useState } from 'react'
import { useFormatter, useNow, useTranslations } from 'use-intl'
import { cn } from '../../lib/class-names.ts'
import { useLive } from './live-provider.tsx'

/** Whether what is shown is live, how old it is if not, and when the stream is tried again. */
export function LiveStamp() {
  const t = useTranslations('live')
  const { state, heardAt, retryAt, retry } = useLive()
  const seconds = useCountdown(retryAt)
  return (
    <div className="flex items-center gap-2 text-sm whitespace-nowrap text-ink-2">
      {/* Said once per change of state; the countdown stays silent. */}
      <span className="sr-only" role="status">
        {t(`announce.${state}`)}
      </span>
      <span aria-hidden className="inline-flex items-center gap-1.5" data-live={state}>
        <span
          className={cn(
            'size-2 rounded-full',
            state === 'live' && 'bg-well',
            (state === 'connecting' || state === 'paused') && 'border border-ink-3',
            state === 'reconnecting' && 'rounded-[1px] bg-attention',
          )}
        />
        <span className={cn(state !== 'reconnecting' && 'hidden sm:inline')}>
          {state === 'reconnecting' ? t('reconnecting', { seconds }) : t(state)}
        </span>
      </span>
      {state === 'reconnecting' && (
        <>
          {heardAt !== null && <DataAge heardAt={heardAt} />}
          <button type="button" onClick={retry} className="h-6 rounded px-1.5 font-medium text-accent hover:bg-inset">
            {t('retryNow')}
          </button>
        </>
      )}
    </div>
  )
}

function DataAge({ heardAt }: { heardAt: number }) {
  const t = useTranslations('live')
  const format = useFormatter()
  const now = useNow({ updateInterval: 1_000 })
  return (
    <span aria-hidden className="hidden text-ink-3 lg:inline">
      {t('asOf', { age: format.relativeTime(Math.min(heardAt, now.getTime()), now) })}
    </span>
  )
}

function useCountdown(to: number | null): number {
  const [seconds, setSeconds] = useState(0)
  useEffect(() => {
    if (to === null) return
    const tick = () => setSeconds(Math.max(0, Math.ceil((to - Date.now()) / 1000)))
    tick()
    const timer = setInterval(tick, 250)
    return () => clearInterval(timer)
  }, [to])
  return seconds
}
