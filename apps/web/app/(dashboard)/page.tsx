import type { Metadata } from 'next'
import { parseHistoryRange } from '../../features/history/parse-range.ts'
import { OverviewPage } from '../../features/overview/overview-page.tsx'
import { pageTitle } from '../../lib/page-title.ts'
import { Prefetched } from '../../lib/prefetched.tsx'
import { historyQuery, overviewQuery } from '../../lib/queries.ts'

export const generateMetadata = (): Promise<Metadata> => pageTitle((t) => t('overview'))

export default async function Page({ searchParams }: { searchParams: Promise<{ range?: string | string[] }> }) {
  const { range } = await searchParams
  return (
    <Prefetched
      fetches={(client) => [
        client.prefetchQuery(overviewQuery()),
        client.prefetchQuery(historyQuery({ subject: 'fleet', range: parseHistoryRange(range) })),
      ]}
    >
      <OverviewPage />
    </Prefetched>
  )
}
