export interface StatusCause {
  /** `FieldValueInvalid`, `FieldValueRequired`, … */
  reason: string
  message: string
  /** `spec.resources.requests[storage]` */
  field: string
}

export interface Status {
  kind: 'Status'
  apiVersion: 'v1'
  metadata: Record<string, never>
  status: 'Failure' | 'Success'
  message?: string
  reason?: string
  details?: {
    name?: string
    group?: string
    kind?: string
    uid?: string
    causes?: StatusCause[]
    retryAfterSeconds?: number
  }
  code: number
}

/** A refusal, as a Kubernetes API server words it: HTTP code, reason, message and details. */
export class StatusError extends Error {
  override name = 'StatusError'
  readonly code: number
  readonly reason: string
  readonly details: NonNullable<Status['details']>

  constructor(code: number, reason: string, message: string, details: NonNullable<Status['details']> = {}) {
    super(message)
    this.code = code
    this.reason = reason
    this.details = details
  }

  toStatus(): Status {
    const { code, reason, message, details } = this
    return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, details, code }
  }
}
