import type { ReactNode } from 'react'
import { cn } from '../lib/class-names.ts'

export function Badge({ children, className }: { children: ReactNode; className?: string }) {
  return (
    <span
      className={cn(
        'inline-flex h-5 shrink-0 items-center rounded border border-line-strong px-1.5 text-xs whitespace-nowrap text-ink-2',
        className,
      )}
    >
      {children}
    </span>
  )
}
