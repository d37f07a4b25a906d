'use client'

import { cn } from '../lib/class-names.ts'
import { CopyButton } from './copy-button.tsx'

/** A name as machines write it. Long ones break anywhere instead of pushing the page wide. */
export function Identifier({ value, copy, className }: { value: string; copy?: string; className?: string }) {
  return (
    <span className={cn('inline-flex min-w-0 items-center gap-0.5', className)}>
      <span className="min-w-0 font-mono text-sm break-all">{value}</span>
      {copy && <CopyButton value={value} label={copy} />}
    </span>
  )
}
