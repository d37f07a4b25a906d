'use client'

import { Search, X } from 'lucide-react'
import { useTranslations } from 'use-intl'

interface SearchFieldProps {
  label: string
  value: string
  onChange: (value: string) => void
}

/** The page's search; `/` puts the cursor here, Escape clears and then leaves it. */
export function SearchField({ label, value, onChange }: SearchFieldProps) {
  const t = useTranslations('common')
  return (
    <div className="relative w-full sm:w-72">
      <Search aria-hidden className="pointer-events-none absolute top-2 left-2.5 size-4 text-ink-3" />
      <input
        type="search"
        data-search
        aria-label={label}
        aria-keyshortcuts="/"
        placeholder={label}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return
          if (value) onChange('')
          else event.currentTarget.blur()
        }}
        className="h-8 w-full rounded-md border border-line-strong bg-surface pr-8 pl-8 text-sm placeholder:text-ink-3 [&::-webkit-search-cancel-button]:hidden"
      />
      {value ? (
        <button
          type="button"
          onClick={() => onChange('')}
          aria-label={t('clearSearch')}
          className="absolute top-1 right-1 inline-flex size-6 items-center justify-center rounded text-ink-3 hover:text-ink"
        >
          <X aria-hidden className="size-3.5" />
        </button>
      ) : (
        <kbd
          aria-hidden
          className="absolute top-1.5 right-2 hidden rounded border border-line px-1.5 font-mono text-xs text-ink-3 sm:block"
        >
          /
        </kbd>
      )}
    </div>
  )
}
