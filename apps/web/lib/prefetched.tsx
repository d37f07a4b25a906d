import { dehydrate, HydrationBoundary, type QueryClient } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { PageReady } from '../features/live/page-ready.tsx'
import { createQueryClient } from './query-client.ts'

/**
 * Runs `fetches` on the server and hands what arrived to the page. A read that fails is left to the browser, which
 * shows its error and offers to retry.
 */
export async function Prefetched({
  fetches,
  children,
}: {
  fetches: (client: QueryClient) => Promise<unknown>[]
  children: ReactNode
}) {
  const client = createQueryClient()
  client.setDefaultOptions({ queries: { ...client.getDefaultOptions().queries, retry: false } })
  await Promise.allSettled(fetches(client))
  return (
    <HydrationBoundary state={dehydrate(client)}>
      {children}
      <PageReady />
    </HydrationBoundary>
  )
}
