'use client'

import { Dialog as Base } from '@base-ui/react/dialog'
import { X } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslations } from 'use-intl'
import { cn } from '../lib/class-names.ts'

interface DialogProps {
  open: boolean
  onOpenChange: (open: boolean) => void
  title: string
  /** The content brings its own head; the title is for screen readers. */
  bare?: boolean
  children: ReactNode
  className?: string
}

/** A modal over the page. Escape closes it, focus returns where it came from. */
export function Dialog({ open, onOpenChange, title, bare = false, children, className }: DialogProps) {
  const t = useTranslations('common')
  return (
    <Base.Root open={open} onOpenChange={onOpenChange}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-30 bg-overlay" />
        <Base.Popup
          className={cn(
            'fixed top-[12vh] left-1/2 z-40 max-h-[76vh] w-[min(560px,calc(100vw-24px))] -translate-x-1/2 overflow-auto rounded-xl border border-line-strong bg-raised shadow-(--overlay-shadow) outline-none',
            className,
          )}
        >
          {bare ? (
            <Base.Title className="sr-only">{title}</Base.Title>
          ) : (
            <div className="flex items-center justify-between px-5 pt-4 pb-2">
              <Base.Title className="text-lg font-semibold">{title}</Base.Title>
              <Base.Close
                aria-label={t('close')}
                className="inline-flex size-8 items-center justify-center rounded-md text-ink-3 hover:bg-inset hover:text-ink"
              >
                <X aria-hidden className="size-4" />
              </Base.Close>
            </div>
          )}
          {children}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  )
}
