'use client'

import type { NodeDetail } from '@open-local/shared/api'
import { useTranslations } from 'use-intl'
import { DataTable } from '../../components/data-table/data-table.tsx'
import { SearchField } from '../../components/data-table/search-field.tsx'
import { useTableUrl } from '../../components/data-table/use-table-url.ts'
import { EventList } from '../../components/event-list.tsx'
import { EmptyState } from '../../components/states.tsx'
import { UrlTabs } from '../../components/url-tabs.tsx'
import { volumeHref } from '../../lib/hrefs.ts'
import { useVolumeColumns } from '../volumes/volume-columns.tsx'
import { volumeSearchText } from '../volumes/volume-search-text.ts'
import { useDiskColumns } from './disk-columns.tsx'
import { usePoolColumns } from './pool-columns.tsx'

/** Volumes, pools, disks and events of one node, each as a table. */
export function NodeTabs({ detail }: { detail: NodeDetail }) {
  const t = useTranslations('node')
  return (
    <section aria-label={t('contents')} className="table-frame rounded-lg border border-line bg-surface">
      <UrlTabs
        label={t('contents')}
        tabs={[
          {
            id: 'volumes',
            label: t('volumes'),
            count: detail.volumes.length,
            content: <NodeVolumes detail={detail} />,
          },
          { id: 'pools', label: t('pools'), count: detail.pools.length, content: <NodePools detail={detail} /> },
          { id: 'disks', label: t('disks'), count: detail.disks.length, content: <NodeDisks detail={detail} /> },
          {
            id: 'events',
            label: t('events'),
            count: detail.events.length,
            content: <EventList events={detail.events} empty={t('noEvents')} />,
          },
        ]}
      />
    </section>
  )
}

function NodeVolumes({ detail: { volumes, node } }: { detail: NodeDetail }) {
  const t = useTranslations('node')
  const { search, setSearch, sort, setSort } = useTableUrl()
  const columns = useVolumeColumns({ withNode: false })
  if (volumes.length === 0)
    return <EmptyState title={t('noVolumes')}>{t('noVolumesNext', { node: node.name })}</EmptyState>
  return (
    <>
      <div className="px-4 py-2.5">
        <SearchField label={t('searchVolumes')} value={search} onChange={setSearch} />
      </div>
      <DataTable
        label={t('volumes')}
        rows={volumes}
        columns={columns}
        rowKey={(volume) => volume.key}
        href={volumeHref}
        sort={sort}
        defaultSort={{ id: 'key', desc: false }}
        onSort={setSort}
        search={search}
        searchText={volumeSearchText}
        empty={<EmptyState icon="noMatch" title={t('noMatch', { text: search })} />}
      />
    </>
  )
}

function NodePools({ detail: { pools } }: { detail: NodeDetail }) {
  const t = useTranslations('node')
  const { sort, setSort } = useTableUrl()
  const columns = usePoolColumns()
  return (
    <DataTable
      label={t('pools')}
      rows={pools}
      columns={columns}
      rowKey={(pool) => pool.key}
      sort={sort}
      defaultSort={{ id: 'name', desc: false }}
      onSort={setSort}
      empty={<EmptyState title={t('noPools')}>{t('noPoolsNext')}</EmptyState>}
    />
  )
}

function NodeDisks({ detail: { disks } }: { detail: NodeDetail }) {
  const t = useTranslations('node')
  const { sort, setSort } = useTableUrl()
  const columns = useDiskColumns()
  return (
    <DataTable
      label={t('disks')}
      rows={disks}
      columns={columns}
      rowKey={(disk) => disk.name}
      sort={sort}
      defaultSort={{ id: 'name', desc: false }}
      onSort={setSort}
      empty={<EmptyState title={t('noDisks')}>{t('noDisksNext')}</EmptyState>}
    />
  )
}
