import { type NodeLocalStorageStatus, withCondition } from '@open-local/shared'
import { timestamp } from '../volumes/volume-status.ts'
import type { InitResult } from './initialise.ts'

/** The status with the `Initialized` condition; without one where nothing is to be initialised, as it was until known. */
export function initializedCondition(
  status: NodeLocalStorageStatus,
  result: InitResult | undefined,
  now: Date,
): NodeLocalStorageStatus {
  if (!result) return status
  if (result.kind === 'idle')
    return { ...status, conditions: status.conditions?.filter((c) => c.type !== 'Initialized') }
  const done = result.kind === 'done'
  const conditions = withCondition(status.conditions, {
    type: 'Initialized',
    status: done ? 'True' : 'False',
    reason: done ? 'Initialized' : result.kind === 'refused' ? 'DeviceNotBlank' : 'CommandFailed',
    message: done ? '' : result.messages.join('; ').slice(0, 2000),
    lastTransitionTime: timestamp(now),
  })
  return { ...status, conditions }
}
