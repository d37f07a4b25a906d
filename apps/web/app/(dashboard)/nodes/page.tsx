import type { Metadata } from 'next'
import { NodesPage } from '../../../features/nodes/nodes-page.tsx'
import { pageTitle } from '../../../lib/page-title.ts'
import { Prefetched } from '../../../lib/prefetched.tsx'
import { nodesQuery } from '../../../lib/queries.ts'

export const generateMetadata = (): Promise<Metadata> => pageTitle((t) => t('nodes'))

export default function Page() {
  return (
    <Prefetched fetches={(client) => [client.prefetchQuery(nodesQuery())]}>
      <NodesPage />
    </Prefetched>
  )
}
