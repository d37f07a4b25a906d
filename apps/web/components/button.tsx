import type { ComponentProps } from 'react'
import { cn } from '../lib/class-names.ts'

const looks = {
  plain: 'border border-line-strong bg-surface text-ink hover:bg-inset',
  quiet: 'text-ink-2 hover:bg-inset hover:text-ink',
  primary: 'bg-accent text-accent-ink hover:opacity-90',
}

export function Button({
  look = 'plain',
  className,
  ...props
}: ComponentProps<'button'> & { look?: keyof typeof looks }) {
  return (
    <button
      type="button"
      className={cn(
        'inline-flex h-8 min-w-8 items-center justify-center gap-1.5 rounded-md px-2.5 text-sm font-medium motion-safe:transition-colors',
        looks[look],
        className,
      )}
      {...props}
    />
  )
}
