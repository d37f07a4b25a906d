'use client'

import { useTranslations } from 'use-intl'
import { Dialog } from '../../components/dialog.tsx'
import { pages } from './pages.ts'

export function KeysDialog({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const t = useTranslations('shell')
  const rows: [string, string[]][] = [
    [t('keyList.palette'), ['Ctrl', 'K']],
    [t('keyList.search'), ['/']],
    [t('keyList.keys'), ['?']],
    ...pages.map((page): [string, string[]] => [t('keyList.go', { page: t(`pages.${page.id}`) }), ['g', page.key]]),
    [t('keyList.nextRow'), ['↓', 'j']],
    [t('keyList.previousRow'), ['↑', 'k']],
    [t('keyList.open'), ['Enter']],
    [t('keyList.close'), ['Esc']],
  ]
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={t('keys')}>
      <dl className="px-5 pb-5">
        {rows.map(([what, keys]) => (
          <div key={what} className="flex h-9 items-center justify-between border-b border-line last:border-b-0">
            <dt className="text-ink-2">{what}</dt>
            <dd className="flex gap-1">
              {keys.map((key) => (
                <kbd
                  key={key}
                  className="min-w-6 rounded border border-line-strong bg-inset px-1.5 text-center font-mono text-xs leading-6"
                >
                  {key}
                </kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  )
}
