import type { ReactNode } from 'react'

/** Named values in a row: the first things to know about an object. */
export function Figures({ items }: { items: { name: string; value: ReactNode }[] }) {
  return (
    <dl className="grid grid-cols-2 gap-x-8 gap-y-3 sm:flex sm:flex-wrap">
      {items.map(({ name, value }) => (
        <div key={name} className="min-w-0">
          <dt className="text-xs text-ink-3">{name}</dt>
          <dd className="mt-0.5 min-w-0">{value}</dd>
        </div>
      ))}
    </dl>
  )
}
