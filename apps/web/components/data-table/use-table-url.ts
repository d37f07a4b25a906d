'use client'

import { createParser, parseAsString, useQueryStates } from 'nuqs'
import { formatSort, parseSort, type Sort } from './column.ts'

const parseAsSort = createParser<Sort>({
  parse: parseSort,
  serialize: formatSort,
  eq: (a, b) => a.id === b.id && a.desc === b.desc,
})

/** Search and sort of a page's table, held in its URL. Typing replaces the address, sorting adds to history. */
export function useTableUrl(): {
  search: string
  setSearch: (search: string) => void
  sort: Sort | null
  setSort: (sort: Sort | null) => void
} {
  const [{ q, sort }, set] = useQueryStates({ q: parseAsString.withDefault(''), sort: parseAsSort })
  return {
    search: q,
    setSearch: (search) => void set({ q: search || null }, { history: 'replace' }),
    sort,
    setSort: (next) => void set({ sort: next }, { history: 'push' }),
  }
}
