'use client'

import { type ReactNode, useState } from 'react'
import { useTranslations } from 'use-intl'
import { Button } from './button.tsx'

/** The first `count` of `items`; the rest on request, so that one long list does not push the page away. */
export function FirstFew<T>({
  items,
  count,
  children,
}: {
  items: readonly T[]
  count: number
  children: (shown: readonly T[]) => ReactNode
}) {
  const t = useTranslations('common')
  const [all, setAll] = useState(false)
  // One more line is no longer than the button.
  const cut = !all && items.length > count + 1
  return (
    <>
      {children(cut ? items.slice(0, count) : items)}
      {(cut || all) && (
        <div className="border-t border-line px-2 py-1">
          <Button look="quiet" aria-expanded={all} onClick={() => setAll(!all)}>
            {all ? t('showFewer') : t('showAll', { count: items.length })}
          </Button>
        </div>
      )}
    </>
  )
}
