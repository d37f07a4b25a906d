import Link from 'next/link'
import type { ReactNode } from 'react'
import { cn } from '../../lib/class-names.ts'

/** The link of a table's row, in its first cell. */
export function RowLink({ href, children, className }: { href: string; children: ReactNode; className?: string }) {
  return (
    <Link
      href={href}
      prefetch={false}
      data-row-link
      className={cn(
        'inline-flex min-h-6 max-w-full min-w-0 items-center font-medium text-ink underline-offset-4 hover:underline',
        className,
      )}
    >
      {children}
    </Link>
  )
}
