import type { Metadata } from 'next'
import { parseHistoryRange } from '../../../../features/history/parse-range.ts'
import { NodePage } from '../../../../features/nodes/node-page.tsx'
import { pageTitle } from '../../../../lib/page-title.ts'
import { Prefetched } from '../../../../lib/prefetched.tsx'
import { historyQuery, nodeQuery } from '../../../../lib/queries.ts'

interface Props {
  params: Promise<{ name: string }>
  searchParams: Promise<{ range?: string | string[] }>
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const name = decodeURIComponent((await params).name)
  return pageTitle((t) => `${name} · ${t('nodes')}`)
}

export default async function Page({ params, searchParams }: Props) {
  const name = decodeURIComponent((await params).name)
  const { range } = await searchParams
  return (
    <Prefetched
      fetches={(client) => [
        client.prefetchQuery(nodeQuery(name)),
        client.prefetchQuery(historyQuery({ subject: 'node', key: name, range: parseHistoryRange(range) })),
      ]}
    >
      <NodePage name={name} />
    </Prefetched>
  )
}
