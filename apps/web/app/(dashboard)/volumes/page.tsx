import type { Metadata } from 'next'
import { VolumesPage } from '../../../features/volumes/volumes-page.tsx'
import { pageTitle } from '../../../lib/page-title.ts'
import { Prefetched } from '../../../lib/prefetched.tsx'
import { volumesQuery } from '../../../lib/queries.ts'

export const generateMetadata = (): Promise<Metadata> => pageTitle((t) => t('volumes'))

export default function Page() {
  return (
    <Prefetched fetches={(client) => [client.prefetchInfiniteQuery(volumesQuery())]}>
      <VolumesPage />
    </Prefetched>
  )
}
