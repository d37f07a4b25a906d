'use client'

import { ArrowDown, ArrowUp } from 'lucide-react'
import { cn } from '../../lib/class-names.ts'
import type { Column, Sort } from './column.ts'
import { role } from './role.ts'

interface HeadProps<Row> {
  columns: Column<Row>[]
  sort: Sort
  onSort: ((sort: Sort | null) => void) | undefined
}

export function Head<Row>({ columns, sort, onSort }: HeadProps<Row>) {
  return (
    <thead {...role.rowgroup}>
      <tr {...role.row}>
        {columns.map((column) => (
          <th
            key={column.id}
            scope="col"
            {...role.columnheader}
            data-priority={column.priority ?? 1}
            aria-sort={column.id !== sort.id ? undefined : sort.desc ? 'descending' : 'ascending'}
            style={{ width: column.width }}
            className={cn(column.align === 'end' && 'text-right')}
          >
            {column.value && onSort ? <SortButton column={column} sort={sort} onSort={onSort} /> : column.header}
          </th>
        ))}
      </tr>
    </thead>
  )
}

function SortButton<Row>({
  column,
  sort,
  onSort,
}: {
  column: Column<Row>
  sort: Sort
  onSort: (sort: Sort | null) => void
}) {
  const sorted = column.id === sort.id
  const next = sorted ? !sort.desc : (column.descendingFirst ?? false)
  const Arrow = (sorted ? sort.desc : column.descendingFirst) ? ArrowDown : ArrowUp
  return (
    <button
      type="button"
      onClick={() => onSort({ id: column.id, desc: next })}
      className={cn(
        'group -mx-1 inline-flex h-7 max-w-full items-center gap-1 rounded px-1 hover:text-ink',
        sorted && 'text-ink',
        column.align === 'end' && 'flex-row-reverse',
      )}
    >
      <span className="truncate">{column.header}</span>
      <Arrow
        aria-hidden
        className={cn(
          'size-3.5 shrink-0',
          !sorted && 'opacity-0 group-hover:opacity-60 group-focus-visible:opacity-60',
        )}
      />
    </button>
  )
}
