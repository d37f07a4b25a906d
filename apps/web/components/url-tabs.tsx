'use client'

import { Tabs } from '@base-ui/react/tabs'
import { parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs'
import type { ReactNode } from 'react'

interface UrlTabsProps<T extends string> {
  label: string
  tabs: readonly { id: T; label: string; count?: number; content: ReactNode }[]
}

/** Tabs whose choice stands in the URL as `tab`; changing it drops the last tab's search and sort. */
export function UrlTabs<T extends string>({ label, tabs }: UrlTabsProps<T>) {
  const ids = tabs.map(({ id }) => id)
  const [{ tab }, set] = useQueryStates({
    tab: parseAsStringLiteral(ids).withDefault(ids[0]!),
    q: parseAsString,
    sort: parseAsString,
  })
  return (
    <Tabs.Root
      value={tab}
      onValueChange={(next: T) => void set({ tab: next, q: null, sort: null }, { history: 'push' })}
    >
      <Tabs.List aria-label={label} className="flex gap-1 overflow-x-auto border-b border-line px-2">
        {tabs.map(({ id, label: name, count }) => (
          <Tabs.Tab
            key={id}
            value={id}
            className="-mb-px inline-flex h-10 items-center gap-1.5 border-b-2 border-transparent px-3 whitespace-nowrap text-ink-2 hover:text-ink data-active:border-accent data-active:font-medium data-active:text-ink"
          >
            {name}
            {count !== undefined && <span className="numeric text-xs font-normal text-ink-3">{count}</span>}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {tabs.map(({ id, content }) => (
        <Tabs.Panel key={id} value={id} tabIndex={-1} className="outline-none">
          {content}
        </Tabs.Panel>
      ))}
    </Tabs.Root>
  )
}
