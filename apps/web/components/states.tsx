'use client'

import { CloudOff, Inbox, RotateCw, SearchX } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslations } from 'use-intl'
import { ApiError } from '../lib/call.ts'
import type en from '../messages/en.json'
import { Button } from './button.tsx'
import { CopyButton } from './copy-button.tsx'

interface EmptyProps {
  title: string
  children?: ReactNode
  action?: ReactNode
  icon?: 'empty' | 'noMatch'
}

/** Nothing here: says what would fill it, and the next step. */
export function EmptyState({ title, children, action, icon = 'empty' }: EmptyProps) {
  const Icon = icon === 'empty' ? Inbox : SearchX
  return (
    <div className="flex flex-col items-center gap-1.5 px-6 py-10 text-center">
      <Icon aria-hidden className="mb-1 size-6 text-ink-3" strokeWidth={1.5} />
      <p className="font-medium">{title}</p>
      {children && <div className="max-w-prose text-sm text-ink-2">{children}</div>}
      {action && <div className="mt-3">{action}</div>}
    </div>
  )
}

type ErrorCode = keyof typeof en.errors.codes

/** A read that failed: what, why if known, what to do, and the id to look it up by. */
export function ErrorState({
  error,
  onRetry,
  retrying = false,
}: {
  error: Error
  onRetry?: () => void
  retrying?: boolean
}) {
  const t = useTranslations('errors')
  const api = error instanceof ApiError ? error : null
  const code = api?.code ?? 'UNKNOWN'
  const known = t.has(`codes.${code as ErrorCode}.title`)
  return (
    <div role="alert" className="flex flex-col items-center gap-1.5 px-6 py-10 text-center">
      <CloudOff aria-hidden className="mb-1 size-6 text-critical" strokeWidth={1.5} />
      <p className="font-medium">{known ? t(`codes.${code as ErrorCode}.title`) : t('codes.UNKNOWN.title')}</p>
      <p className="max-w-prose text-sm text-ink-2">
        {known ? t(`codes.${code as ErrorCode}.next`) : t('codes.UNKNOWN.next')}
      </p>
      {/* An unreachable server has no more to say than the sentences above. */}
      {code !== 'UNAVAILABLE' && (
        <p className="max-w-prose text-sm break-words text-ink-3" lang="en">
          {error.message}
        </p>
      )}
      {api?.requestId && (
        <p className="flex items-center gap-1 text-xs text-ink-3">
          {t('requestId')}
          <code className="font-mono">{api.requestId}</code>
          <CopyButton value={api.requestId} label={t('requestId')} />
        </p>
      )}
      {onRetry && (
        <Button className="mt-3" onClick={onRetry} disabled={retrying}>
          <RotateCw aria-hidden className="size-3.5" />
          {retrying ? t('retrying') : t('retry')}
        </Button>
      )}
    </div>
  )
}
