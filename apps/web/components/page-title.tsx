import type { ReactNode } from 'react'

interface PageTitleProps {
  title: ReactNode
  /** Badges and state beside the title. */
  beside?: ReactNode
  children?: ReactNode
}

/** A page's one h1, with what belongs beside and beneath it. */
export function PageTitle({ title, beside, children }: PageTitleProps) {
  return (
    <div className="mb-5">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
        <h1 className="min-w-0 text-xl font-semibold tracking-tight break-words">{title}</h1>
        {beside}
      </div>
      {children && <div className="mt-1 text-ink-2">{children}</div>}
    </div>
  )
}
