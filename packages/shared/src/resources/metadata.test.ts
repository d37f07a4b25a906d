import { expect, it } from 'vitest'
import { withCondition } from './metadata.ts'

const ready = { type: 'Ready', status: 'True', reason: 'Done', message: 'done' } as const

it('moves the transition time only when the status changes', () => {
  const first = withCondition(undefined, { ...ready, lastTransitionTime: 't1' })
  expect(withCondition(first, { ...ready, lastTransitionTime: 't2' })).toEqual(first)
  const broken = withCondition(first, { ...ready, status: 'False', lastTransitionTime: 't3' })
  expect(broken).toEqual([{ ...ready, status: 'False', lastTransitionTime: 't3' }])
  expect(withCondition(broken, { ...ready, type: 'A', lastTransitionTime: 't4' }).map((c) => c.type)).toEqual([
    'A',
    'Ready',
  ])
})
