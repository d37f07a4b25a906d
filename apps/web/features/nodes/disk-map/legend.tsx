'use client'

import type { Disk, Extent } from '@open-local/shared/api'
import { useTranslations } from 'use-intl'
import { cn } from '../../../lib/class-names.ts'
import { fillOf } from './strip.tsx'

const order = ['own', 'foreign', 'metadata', 'partition', 'data', 'free', 'unknown'] as const
type LegendKey = (typeof order)[number]

/** What the fills of a node's strips mean; only those that occur. */
export function DiskMapLegend({ disks }: { disks: Disk[] }) {
  const t = useTranslations('diskMap')
  const present = new Map<LegendKey, Extent>()
  for (const disk of disks)
    for (const extent of disk.extents) {
      const key = extent.kind !== 'logicalVolume' ? extent.kind : extent.own ? 'own' : 'foreign'
      if (!present.has(key)) present.set(key, extent)
    }
  return (
    <ul className="mt-4 flex flex-wrap gap-x-4 gap-y-1 text-xs text-ink-2">
      {order.map((key) => {
        const extent = present.get(key)
        if (!extent) return null
        return (
          <li key={key} className="flex items-center gap-1.5">
            <span
              aria-hidden
              className={cn('size-2.5 rounded-[2px] border border-line-strong', fillOf({ extent, shade: 'a' }))}
            />
            {key === 'own' || key === 'foreign' ? t(key) : t(`extent.${key}`)}
          </li>
        )
      })}
    </ul>
  )
}
