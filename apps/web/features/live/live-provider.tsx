'use client'

import { useQueryClient } from '@tanstack/react-query'
import { createContext, type ReactNode, useContext, useEffect, useState, useSyncExternalStore } from 'react'
import { applyChanges } from './apply-changes.ts'
import { LiveConnection, type LiveStatus } from './connection.ts'

const REFETCH_DEBOUNCE_MS = 400
const HIDDEN_PAUSE_MS = 60_000

const initial: LiveStatus = { state: 'connecting', heardAt: null, retryAt: null }
const LiveContext = createContext<LiveConnection | null>(null)

/** Holds the stream for the whole application and feeds it to the query cache. */
export function LiveProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient()
  const [connection] = useState(() => {
    const outdated = new Map<string, readonly unknown[]>()
    let timer: ReturnType<typeof setTimeout> | null = null
    return new LiveConnection({
      onReset: () => void client.invalidateQueries(),
      onChanges: (changes) => {
        for (const key of applyChanges(client, changes)) outdated.set(JSON.stringify(key), key)
        if (outdated.size === 0 || timer !== null) return
        timer = setTimeout(() => {
          timer = null
          for (const queryKey of outdated.values()) void client.invalidateQueries({ queryKey })
          outdated.clear()
        }, REFETCH_DEBOUNCE_MS)
      },
    })
  })

  useEffect(() => {
    connection.open()
    let hidden: ReturnType<typeof setTimeout> | null = null
    const onVisibility = () => {
      if (hidden !== null) clearTimeout(hidden)
      hidden = null
      if (document.hidden) hidden = setTimeout(connection.pause, HIDDEN_PAUSE_MS)
      else if (connection.status().state === 'paused') connection.open()
    }
    document.addEventListener('visibilitychange', onVisibility)
    return () => {
      document.removeEventListener('visibilitychange', onVisibility)
      if (hidden !== null) clearTimeout(hidden)
      connection.close()
    }
  }, [connection])

  return <LiveContext value={connection}>{children}</LiveContext>
}

/** The stream's state, and a way to try again at once. */
export function useLive(): LiveStatus & { retry: () => void } {
  const connection = useContext(LiveContext)
  const status = useSyncExternalStore(
    connection?.subscribe ?? (() => () => {}),
    connection?.status ?? (() => initial),
    () => initial,
  )
  return { ...status, retry: () => connection?.open() }
}
