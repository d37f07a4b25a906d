'use client'

import { ChevronDown } from 'lucide-react'
import { cn } from '../lib/class-names.ts'

interface FilterSelectProps {
  label: string
  any: string
  value: string | null
  options: readonly { value: string; label: string }[]
  onChange: (value: string | null) => void
}

/** One filter of a list: any, or one of what occurs. A native list, for long ones and for phones. */
export function FilterSelect({ label, any, value, options, onChange }: FilterSelectProps) {
  // A linked filter stays in sight even when nothing matches it any more.
  const known = value === null || options.some((option) => option.value === value)
  return (
    <span className="relative inline-flex min-w-0">
      <select
        aria-label={label}
        value={value ?? ''}
        onChange={(event) => onChange(event.target.value || null)}
        className={cn(
          'h-8 max-w-48 cursor-pointer appearance-none truncate rounded-md border bg-surface pr-7 pl-2.5 text-sm hover:bg-inset',
          value ? 'border-accent text-accent' : 'border-line-strong text-ink-2',
        )}
      >
        <option value="">{any}</option>
        {!known && <option value={value ?? ''}>{value}</option>}
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
      <ChevronDown aria-hidden className="pointer-events-none absolute top-2.5 right-2 size-3.5 text-ink-3" />
    </span>
  )
}
