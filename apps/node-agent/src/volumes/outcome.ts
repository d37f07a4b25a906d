/** How things stand with a volume after a try to make it so. */
export type Outcome =
  | { kind: 'ready'; devicePath: string; sizeBytes: bigint; uuid?: string }
  | {
      kind: 'failed'
      reason: FailureReason
      /** A sentence: what happened, to what, what to do next. */
      message: string
      /** Worth another try without anything having changed. */
      retry: boolean
    }

export type FailureReason =
  | 'InsufficientSpace'
  | 'PoolMissing'
  | 'CommandFailed'
  | 'Conflict'
  | 'VolumeMissing'
  | 'DeviceNotBlank'
  | 'Invalid'
  | 'Unsupported'

export function failedWith(reason: FailureReason, message: string, retry = false): Outcome {
  return { kind: 'failed', reason, message, retry }
}
