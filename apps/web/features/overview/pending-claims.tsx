'use client'

import type { PendingClaim } from '@open-local/shared/api'
import { CircleDashed, Hourglass } from 'lucide-react'
import Link from 'next/link'
import { useTranslations } from 'use-intl'
import { Amount } from '../../components/amount.tsx'
import { Moment } from '../../components/moment.tsx'
import { Panel } from '../../components/panel.tsx'
import { volumeHref } from '../../lib/hrefs.ts'

/** Claims that wait, and why: by design for a pod, or because no node can take them. */
export function PendingClaims({ claims, className }: { claims: PendingClaim[]; className?: string }) {
  const t = useTranslations('overview')
  return (
    <Panel
      id="pending"
      title={t('pendingClaims')}
      note={claims.length > 0 ? t('claimCount', { count: claims.length }) : undefined}
      className={className}
      flush
    >
      {claims.length === 0 ? (
        <p className="px-4 py-3 text-ink-2">{t('noPending')}</p>
      ) : (
        <ul>
          {claims.map((claim) => (
            <li key={claim.key} className="border-b border-line px-4 py-2.5 last:border-b-0">
              <ClaimHead claim={claim} />
              <ClaimReasons claim={claim} />
            </li>
          ))}
        </ul>
      )}
    </Panel>
  )
}

function ClaimHead({ claim }: { claim: PendingClaim }) {
  const t = useTranslations('overview')
  const Icon = claim.waitingForPod ? CircleDashed : Hourglass
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-0.5">
      <Link
        href={volumeHref(claim)}
        className="inline-flex min-h-6 min-w-0 items-center gap-2 underline-offset-4 hover:underline"
      >
        <Icon
          aria-hidden
          className={claim.waitingForPod ? 'size-4 shrink-0 text-unknown' : 'size-4 shrink-0 text-attention'}
        />
        <span className="font-mono text-sm break-all">
          {claim.namespace}/{claim.claim}
        </span>
      </Link>
      <Amount bytes={claim.sizeBytes} />
      {claim.storageClass && <span className="font-mono text-sm text-ink-3">{claim.storageClass}</span>}
      <span className="ml-auto text-sm text-ink-3">
        {t('waiting')} <Moment at={claim.since} />
      </span>
    </div>
  )
}

function ClaimReasons({ claim }: { claim: PendingClaim }) {
  const t = useTranslations('overview')
  if (claim.waitingForPod) return <p className="mt-0.5 pl-6 text-sm text-ink-2">{t('waitsForPod')}</p>
  if (claim.reasons.length === 0) return <p className="mt-0.5 pl-6 text-sm text-ink-2">{t('noReasonYet')}</p>
  return (
    <ul className="mt-1 space-y-0.5 pl-6 text-sm text-ink-2">
      {claim.reasons.slice(0, 4).map(({ node, message }) => (
        <li key={node} className="break-words">
          <span className="font-mono text-ink">{node}</span> <span lang="en">{message}</span>
        </li>
      ))}
      {claim.reasons.length > 4 && (
        <li>
          <Link href={volumeHref(claim)} className="text-accent hover:underline">
            {t('moreNodes', { count: claim.reasons.length - 4 })}
          </Link>
        </li>
      )}
    </ul>
  )
}
