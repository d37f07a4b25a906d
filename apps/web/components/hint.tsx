'use client'

import { Tooltip } from '@base-ui/react/tooltip'
import type { ReactElement, ReactNode } from 'react'

const handle = Tooltip.createHandle<ReactNode>()

/** One tooltip for the whole application; each Hint lends it its text. */
export function HintLayer() {
  return (
    <Tooltip.Root handle={handle}>
      {({ payload }) => (
        <Tooltip.Portal>
          <Tooltip.Positioner sideOffset={6} className="z-50">
            <Tooltip.Popup className="max-w-80 rounded-md border border-line-strong bg-raised px-2.5 py-1.5 text-xs text-ink shadow-(--overlay-shadow)">
              {payload as ReactNode}
            </Tooltip.Popup>
          </Tooltip.Positioner>
        </Tooltip.Portal>
      )}
    </Tooltip.Root>
  )
}

/** Shows `hint` over `children` on hover and on focus. `children` must be one element that takes a ref. */
export function Hint({ hint, children }: { hint: ReactNode; children: ReactElement<Record<string, unknown>> }) {
  return <Tooltip.Trigger handle={handle} payload={hint} delay={150} render={children} closeOnClick={false} />
}
