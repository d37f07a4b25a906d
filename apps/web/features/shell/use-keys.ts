'use client'

import { useRouter } from 'next/navigation'
import { useEffect, useRef } from 'react'
import { pages } from './pages.ts'

const SEQUENCE_MS = 1_200

interface KeyActions {
  onPalette: () => void
  onKeys: () => void
}

/** The keys that work on every page. Typing into a field is never taken for a key, save for the palette's. */
export function useKeys({ onPalette, onKeys }: KeyActions): void {
  const router = useRouter()
  const goAt = useRef(0)
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault()
        onPalette()
        return
      }
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return
      const target = event.target as HTMLElement
      if (target.closest('input, textarea, select, [contenteditable="true"], [role="dialog"], [role="menu"]')) return
      const page = Date.now() - goAt.current < SEQUENCE_MS && pages.find(({ key }) => key === event.key)
      goAt.current = event.key === 'g' ? Date.now() : 0
      if (page) router.push(page.href)
      else if (event.key === '?') onKeys()
      else if (event.key === '/') {
        const field = document.querySelector<HTMLInputElement>('[data-search]')
        if (field) {
          field.focus()
          field.select()
        } else onPalette()
      } else if (event.key === 'j' || event.key === 'ArrowDown') {
        // From the page itself into its first row; within rows the table moves the focus.
        if (target !== document.body) return
        document.querySelector<HTMLElement>('main [data-row-link]')?.focus()
      } else return
      event.preventDefault()
    }
    document.addEventListener('keydown', onKeyDown)
    return () => document.removeEventListener('keydown', onKeyDown)
  }, [router, onPalette, onKeys])
}
