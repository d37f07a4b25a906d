import type { ReactNode } from 'react'
import { cn } from '../lib/class-names.ts'

interface PanelProps {
  title: ReactNode
  /** Beside the title: a count, a note. */
  note?: ReactNode
  actions?: ReactNode
  children: ReactNode
  className?: string
  id: string
  /** Content reaches the borders: tables and lists bring their own padding. */
  flush?: boolean
}

/** A titled region of a page. */
export function Panel({ title, note, actions, children, className, id, flush = false }: PanelProps) {
  return (
    <section aria-labelledby={id} className={cn('min-w-0 rounded-lg border border-line bg-surface', className)}>
      <header className="flex min-h-11 flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2">
        <h2 id={id} className="text-base font-semibold">
          {title}
        </h2>
        {note !== undefined && <div className="text-sm text-ink-3">{note}</div>}
        {actions && <div className="ml-auto flex items-center gap-2">{actions}</div>}
      </header>
      <div className={flush ? 'border-t border-line' : 'px-4 pb-4'}>{children}</div>
    </section>
  )
}
