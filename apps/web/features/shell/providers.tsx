'use client'

import { QueryClientProvider } from '@tanstack/react-query'
import { NuqsAdapter } from 'nuqs/adapters/next/app'
import { type ReactNode, useState } from 'react'
import { Toaster } from 'sonner'
import { IntlProvider } from 'use-intl'
import { HintLayer } from '../../components/hint.tsx'
import type { Locale } from '../../lib/locale.ts'
import { messagesOf } from '../../lib/messages.ts'
import { createQueryClient } from '../../lib/query-client.ts'

/** Language, data and URL state for everything below. `now` is the server's clock, so that both render the same. */
export function Providers({ locale, now, children }: { locale: Locale; now: number; children: ReactNode }) {
  const [client] = useState(createQueryClient)
  const [date] = useState(() => new Date(now))
  return (
    <NuqsAdapter>
      <IntlProvider
        locale={locale}
        messages={messagesOf(locale)}
        now={date}
        onError={reportMissing}
        // useReason falls back to the server's sentence when it sees this.
        getMessageFallback={({ namespace, key }) => [namespace, key].filter(Boolean).join('.')}
      >
        <QueryClientProvider client={client}>
          {children}
          <HintLayer />
          <Toaster position="bottom-right" toastOptions={{ className: '!bg-raised !text-ink !border-line-strong' }} />
        </QueryClientProvider>
      </IntlProvider>
    </NuqsAdapter>
  )
}

function reportMissing(error: { code: string; message: string }): void {
  // Times are formatted in the browser's own zone; there is none to set.
  if (error.code !== 'ENVIRONMENT_FALLBACK') console.warn(error.message)
}
