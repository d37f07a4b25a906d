'use client'

import { useEffect } from 'react'
import { useStartLive } from './live-provider.tsx'

/**
 * Beside a page's content: starts the stream once the content has taken over the server's markup. A change that came
 * earlier would make the two differ.
 */
export function PageReady() {
  const start = useStartLive()
  useEffect(start, [start])
  return null
}
