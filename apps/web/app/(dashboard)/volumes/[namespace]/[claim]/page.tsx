import type { Metadata } from 'next'
import { VolumePage } from '../../../../../features/volumes/volume-page.tsx'
import { pageTitle } from '../../../../../lib/page-title.ts'
import { Prefetched } from '../../../../../lib/prefetched.tsx'
import { volumeQuery } from '../../../../../lib/queries.ts'

interface Props {
  params: Promise<{ namespace: string; claim: string }>
}

async function namesOf(props: Props): Promise<{ namespace: string; claim: string }> {
  const { namespace, claim } = await props.params
  return { namespace: decodeURIComponent(namespace), claim: decodeURIComponent(claim) }
}

export async function generateMetadata(props: Props): Promise<Metadata> {
  const { namespace, claim } = await namesOf(props)
  return pageTitle((t) => `${namespace}/${claim} · ${t('volumes')}`)
}

export default async function Page(props: Props) {
  const { namespace, claim } = await namesOf(props)
  return (
    <Prefetched fetches={(client) => [client.prefetchQuery(volumeQuery(namespace, claim))]}>
      <VolumePage namespace={namespace} claim={claim} />
    </Prefetched>
  )
}
