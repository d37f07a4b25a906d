import { QueryClient } from '@tanstack/react-query'
import { ApiError } from './call.ts'

/** Deltas keep what is held fresh, so nothing is fetched again merely because a window was focused. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 60_000,
        refetchOnWindowFocus: false,
        retry: (failures, error) => failures < 1 && !(error instanceof ApiError && error.status === 404),
        retryDelay: 500,
      },
    },
  })
}
