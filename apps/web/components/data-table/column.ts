import type { ReactNode } from 'react'

export interface Column<Row> {
  id: string
  /** Shown above the column, and before each value where rows become cards. */
  header: string
  /** What the column sorts by; absent where sorting makes no sense. Null sorts last in either direction. */
  value?: (row: Row) => string | number | null
  cell: (row: Row) => ReactNode
  align?: 'start' | 'end'
  /** CSS width; the first column without one takes what is left. */
  width?: string
  /** 1 always; 4, 3 and 2 give way in this order where the table is narrow. Cards show all. */
  priority?: 1 | 2 | 3 | 4
  descendingFirst?: boolean
}

/** A sort in the URL: `sizeBytes` ascending, `-sizeBytes` descending. */
export interface Sort {
  id: string
  desc: boolean
}

export function parseSort(text: string): Sort | null {
  const match = /^(-?)([A-Za-z]{1,40})$/.exec(text)
  return match ? { id: match[2]!, desc: match[1] === '-' } : null
}

export function formatSort({ id, desc }: Sort): string {
  return `${desc ? '-' : ''}${id}`
}

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' })

/** Numbers by size, names as people order them (`disk-2` before `disk-10`). */
export function compareValues(a: string | number, b: string | number): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  return collator.compare(String(a), String(b))
}
