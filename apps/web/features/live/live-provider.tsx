'use client'

import { useQueryClient } from '@tanstack/react-query'
import {
  createContext,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useState,
  useSyncExternalStore,
} from 'react'
import { applyChanges } from './apply-changes.ts'
import { LiveConnection, type LiveStatus } from './connection.ts'

const REFETCH_DEBOUNCE_MS = 400
const HIDDEN_PAUSE_MS = 60_000

const initial: LiveStatus = { state: 'connecting', heardAt: null, retryAt: null }
const LiveContext = createContext<LiveConnection | null>(null)
const StartContext = createContext<() => void>(() => {})

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
        // An answer still on its way may be older than these changes, and would undo them.
        for (const { queryKey } of client.getQueryCache().findAll({ fetchStatus: 'fetching' }))
          if (queryKey[0] !== 'history') outdated.set(JSON.stringify(queryKey), queryKey)
        if (outdated.size === 0 || timer !== null) return
        timer = setTimeout(() => {
          timer = null
          for (const queryKey of outdated.values()) void client.invalidateQueries({ queryKey })
          outdated.clear()
        }, REFETCH_DEBOUNCE_MS)
      },
    })
  })

  const [started, setStarted] = useState(false)
  const start = useCallback(() => setStarted(true), [])

  useEffect(() => {
    if (!started) return
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
  }, [connection, started])

  return (
    <LiveContext value={connection}>
      <StartContext value={start}>{children}</StartContext>
    </LiveContext>
  )
}

/** Opens the stream; the first page that is ready does. Safe to repeat. */
export function useStartLive(): () => void {
  return useContext(StartContext)
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
