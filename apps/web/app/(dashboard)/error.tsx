'use client'

import { ErrorState } from '../../components/states.tsx'

/** A page that broke while rendering: the rest of the dashboard stays, and the page can be tried again. */
export default function PageError({ error, reset }: { error: Error; reset: () => void }) {
  return (
    <div className="rounded-lg border border-line bg-surface">
      <ErrorState error={error} onRetry={reset} />
    </div>
  )
}
