'use client'

import {
  columnFilteringFeature,
  createColumnHelper,
  createFilteredRowModel,
  createSortedRowModel,
  globalFilteringFeature,
  rowSortingFeature,
  tableFeatures,
  useTable,
} from '@tanstack/react-table'
import { useMemo } from 'react'
import { type Column, compareValues, type Sort } from './column.ts'
import { Head } from './head.tsx'
import { role } from './role.ts'
import { PlainRows, VirtualRows } from './rows.tsx'

const features = tableFeatures({
  rowSortingFeature,
  columnFilteringFeature,
  globalFilteringFeature,
  sortedRowModel: createSortedRowModel(),
  filteredRowModel: createFilteredRowModel(),
})

/** Beyond this many rows only those in sight are in the document. */
const VIRTUAL_FROM = 120

interface DataTableProps<Row> {
  /** Names the table for screen readers. */
  label: string
  rows: Row[]
  columns: Column<Row>[]
  rowKey: (row: Row) => string
  /** Where Enter or a click on a row leads; the row's first cell holds the link itself. */
  href?: (row: Row) => string | null
  sort?: Sort | null
  defaultSort: Sort
  onSort?: (sort: Sort | null) => void
  /** Rows as they came are already filtered and sorted by the server. */
  ordered?: boolean
  search?: string
  searchText?: (row: Row) => string
  /** What to show when nothing matches. */
  empty: React.ReactNode
  /** Called when the last rows come in sight. */
  onEnd?: () => void
}

/**
 * A sortable, searchable table; cards where it is narrower than 600 px. Arrow keys or j/k move between rows, Enter
 * opens one.
 */
export function DataTable<Row extends object>(props: DataTableProps<Row>) {
  const { label, rows, columns, rowKey, sort, defaultSort, onSort, ordered = false, search = '', searchText } = props
  const active = sort && columns.some(({ id, value }) => id === sort.id && value) ? sort : defaultSort
  const definitions = useMemo(() => {
    const helper = createColumnHelper<typeof features, Row>()
    return columns.map((column) =>
      helper.accessor((row): unknown => column.value?.(row) ?? undefined, {
        id: column.id,
        enableSorting: column.value !== undefined,
        sortUndefined: 'last',
        sortFn: (a, b, id) => compareValues(a.getValue<string | number>(id), b.getValue<string | number>(id)),
      }),
    )
  }, [columns])
  const sorting = useMemo(() => [active], [active])
  const words = search.trim().toLowerCase()
  const table = useTable({
    features,
    columns: definitions,
    data: rows,
    getRowId: rowKey,
    state: { sorting, globalFilter: ordered ? '' : words },
    manualSorting: ordered,
    manualFiltering: ordered,
    getColumnCanGlobalFilter: (column) => column.id === columns[0]?.id,
    globalFilterFn: (row, _column, wanted: string) => {
      const text = (searchText?.(row.original) ?? rowKey(row.original)).toLowerCase()
      return wanted.split(/\s+/).every((word) => text.includes(word))
    },
  })
  const shown = table.getRowModel().rows.map((row) => row.original)

  if (shown.length === 0) return props.empty
  const body = { rows: shown, columns, rowKey, href: props.href, onEnd: props.onEnd }
  return (
    <table {...role.table} aria-label={label} aria-rowcount={shown.length + 1} className="data-table">
      <Head columns={columns} sort={active} onSort={onSort} />
      {shown.length >= VIRTUAL_FROM ? <VirtualRows {...body} /> : <PlainRows {...body} />}
    </table>
  )
}
