'use client'

import type { NodeRow } from '@open-local/shared/api'
import { useQuery } from '@tanstack/react-query'
import { useTranslations } from 'use-intl'
import { Button } from '../../components/button.tsx'
import { CapacityLegend } from '../../components/capacity-bar.tsx'
import { DataTable } from '../../components/data-table/data-table.tsx'
import { SearchField } from '../../components/data-table/search-field.tsx'
import { useTableUrl } from '../../components/data-table/use-table-url.ts'
import { PageTitle } from '../../components/page-title.tsx'
import { SkeletonRows } from '../../components/skeleton.tsx'
import { EmptyState, ErrorState } from '../../components/states.tsx'
import { nodeHref } from '../../lib/hrefs.ts'
import { nodesQuery } from '../../lib/queries.ts'
import { useNodeColumns } from './node-columns.tsx'

const defaultSort = { id: 'name', desc: false }

/** Every machine: is it well, how full is it. */
export function NodesPage() {
  const { data, error, refetch, isFetching } = useQuery(nodesQuery())
  if (data) return <NodesContent nodes={data.items} />
  if (!error) return <NodesSkeleton />
  return (
    <NodesFrame>
      <ErrorState error={error} onRetry={() => void refetch()} retrying={isFetching} />
    </NodesFrame>
  )
}

export function NodesContent({ nodes }: { nodes: NodeRow[] }) {
  const t = useTranslations('nodes')
  const columns = useNodeColumns()
  const { search, setSearch, sort, setSort } = useTableUrl()
  if (nodes.length === 0)
    return (
      <NodesFrame>
        <EmptyState title={t('empty')}>{t('emptyNext')}</EmptyState>
      </NodesFrame>
    )
  return (
    <NodesFrame
      count={nodes.length}
      tools={
        <>
          <SearchField label={t('search')} value={search} onChange={setSearch} />
          <div className="ml-auto max-sm:ml-0">
            <CapacityLegend />
          </div>
        </>
      }
    >
      <DataTable
        label={t('title')}
        rows={nodes}
        columns={columns}
        rowKey={(node) => node.name}
        href={(node) => nodeHref(node.name)}
        sort={sort}
        defaultSort={defaultSort}
        onSort={setSort}
        search={search}
        empty={
          <EmptyState
            icon="noMatch"
            title={t('noMatch', { text: search })}
            action={<Button onClick={() => setSearch('')}>{t('showAll')}</Button>}
          />
        }
      />
    </NodesFrame>
  )
}

function NodesFrame({
  count,
  tools,
  children,
}: {
  count?: number
  tools?: React.ReactNode
  children: React.ReactNode
}) {
  const t = useTranslations('nodes')
  return (
    <>
      <PageTitle
        title={t('title')}
        beside={count !== undefined && <span className="numeric text-ink-3">{t('count', { count })}</span>}
      />
      {tools && <div className="mb-3 flex flex-wrap items-center gap-3">{tools}</div>}
      <div className="table-frame rounded-lg border border-line bg-surface">{children}</div>
    </>
  )
}

export function NodesSkeleton() {
  return (
    <NodesFrame tools={<div className="h-8" />}>
      <div className="h-9 border-b border-line" />
      <SkeletonRows rows={8} />
    </NodesFrame>
  )
}
