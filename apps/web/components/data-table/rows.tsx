'use client'

import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { useRouter } from 'next/navigation'
import { type KeyboardEvent, type MouseEvent, type Ref, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { cn } from '../../lib/class-names.ts'
import type { Column } from './column.ts'
import { role } from './role.ts'

const ROW_HEIGHT = 38

interface RowsProps<Row> {
  rows: Row[]
  columns: Column<Row>[]
  rowKey: (row: Row) => string
  href: ((row: Row) => string | null) | undefined
  onEnd: (() => void) | undefined
}

export function PlainRows<Row extends object>({ rows, columns, rowKey, href, onEnd }: RowsProps<Row>) {
  useEffect(() => onEnd?.(), [onEnd])
  return (
    <tbody {...role.rowgroup} onKeyDown={moveBetweenRows}>
      {rows.map((row, index) => (
        <TableRow key={rowKey(row)} row={row} index={index} columns={columns} href={href?.(row) ?? null} />
      ))}
    </tbody>
  )
}

/** Only the rows in sight, between two spacers that keep the page's height. */
export function VirtualRows<Row extends object>({ rows, columns, rowKey, href, onEnd }: RowsProps<Row>) {
  // The virtualizer changes without changing identity, which the compiler's memoization would miss.
  'use no memo'
  const body = useRef<HTMLTableSectionElement>(null)
  const [margin, setMargin] = useState(0)
  useLayoutEffect(() => {
    const measure = () => setMargin(Math.round((body.current?.getBoundingClientRect().top ?? 0) + window.scrollY))
    measure()
    window.addEventListener('resize', measure)
    return () => window.removeEventListener('resize', measure)
  }, [])
  const virtualizer = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
    scrollMargin: margin,
    initialRect: { width: 1280, height: 900 },
    // The server's rows: a page scrolled before it was taken over would otherwise begin elsewhere.
    initialOffset: 0,
    getItemKey: (index) => rowKey(rows[index]!),
  })
  const items = virtualizer.getVirtualItems()
  const first = items[0]
  const last = items.at(-1)
  const atEnd = last !== undefined && last.index >= rows.length - 50
  useEffect(() => {
    if (atEnd) onEnd?.()
  }, [atEnd, onEnd])
  return (
    <tbody ref={body} {...role.rowgroup} onKeyDown={moveBetweenRows}>
      <Spacer height={first ? first.start - margin : 0} columns={columns.length} />
      {items.map((item) => {
        const row = rows[item.index]!
        return (
          <TableRow
            key={item.key}
            ref={virtualizer.measureElement}
            row={row}
            index={item.index}
            columns={columns}
            href={href?.(row) ?? null}
          />
        )
      })}
      <Spacer height={last ? virtualizer.getTotalSize() - (last.end - margin) : 0} columns={columns.length} />
    </tbody>
  )
}

function Spacer({ height, columns }: { height: number; columns: number }) {
  if (height <= 0) return null
  return (
    <tr aria-hidden className="spacer">
      <td colSpan={columns} style={{ height, padding: 0 }} />
    </tr>
  )
}

interface TableRowProps<Row> {
  row: Row
  index: number
  columns: Column<Row>[]
  href: string | null
  ref?: Ref<HTMLTableRowElement>
}

function TableRow<Row extends object>({ row, index, columns, href, ref }: TableRowProps<Row>) {
  const router = useRouter()
  const marked = useMarkedChange(row)
  const open = (event: MouseEvent<HTMLTableRowElement>) => {
    if (!href || (event.target as Element).closest('a, button, input')) return
    if (window.getSelection()?.isCollapsed === false) return
    if (event.metaKey || event.ctrlKey) window.open(href, '_blank')
    else router.push(href)
  }
  return (
    // A convenience for the mouse; the first cell's link serves the keyboard.
    <tr
      ref={ref}
      {...role.row}
      data-index={index}
      aria-rowindex={index + 2}
      onClick={open}
      className={cn(href && 'cursor-pointer hover:bg-inset/60', marked)}
    >
      {columns.map((column) => (
        <td
          key={column.id}
          {...role.cell}
          data-label={column.header}
          data-priority={column.priority ?? 1}
          className={cn(column.align === 'end' && 'numeric sm:text-right')}
        >
          {column.cell(row)}
        </td>
      ))}
    </tr>
  )
}

/** A class that marks a row softly each time it changes; none at first sight. Two names, so that it can run again. */
function useMarkedChange(row: object): string | undefined {
  const [{ held, changes }, setSeen] = useState({ held: row, changes: 0 })
  if (held !== row) setSeen({ held: row, changes: changes + 1 })
  return changes === 0 ? undefined : changes % 2 ? 'changed-odd' : 'changed-even'
}

/** Arrow keys and j/k move the focus to the next row's link, Home and End to the first and last in the document. */
function moveBetweenRows(event: KeyboardEvent<HTMLElement>): void {
  if (event.metaKey || event.ctrlKey || event.altKey) return
  const links = [...event.currentTarget.querySelectorAll<HTMLElement>('[data-row-link]')]
  const row = (event.target as Element).closest('tr')
  const at = links.findIndex((link) => row?.contains(link))
  const to = {
    ArrowDown: at + 1,
    j: at + 1,
    ArrowUp: at - 1,
    k: at - 1,
    Home: 0,
    End: links.length - 1,
  }[event.key]
  if (to === undefined) return
  event.preventDefault()
  links[Math.max(0, Math.min(to, links.length - 1))]?.focus()
}
