import { type ErrorCode, OpenLocalError } from '@open-local/shared'

/** metav1.Status: how the API server says no. */
export interface KubeStatus {
  kind?: 'Status'
  status?: string
  message?: string
  reason?: string
  code?: number
  details?: {
    name?: string
    group?: string
    kind?: string
    uid?: string
    retryAfterSeconds?: number
    causes?: { reason?: string; message?: string; field?: string }[]
  }
}

/** The API server refused (`httpStatus` is set), or could not be reached in time (`httpStatus` is 0). */
export class KubeError extends OpenLocalError {
  override readonly name = 'KubeError'
  readonly httpStatus: number
  /** Kubernetes' machine-readable reason: `NotFound`, `Conflict`, `Expired` … */
  readonly reason: string | undefined
  readonly status: KubeStatus | undefined
  /** How long the server asked us to wait. */
  readonly retryAfterMs: number | undefined

  constructor(
    code: ErrorCode,
    message: string,
    options: { httpStatus?: number; status?: KubeStatus; retryAfterMs?: number; cause?: unknown } = {},
  ) {
    super(code, message, options.cause === undefined ? undefined : { cause: options.cause })
    this.httpStatus = options.httpStatus ?? 0
    this.status = options.status
    this.reason = options.status?.reason
    this.retryAfterMs = options.retryAfterMs
  }
}

const codes: Record<number, ErrorCode> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  405: 'UNIMPLEMENTED',
  408: 'DEADLINE_EXCEEDED',
  409: 'ABORTED',
  410: 'OUT_OF_RANGE',
  412: 'FAILED_PRECONDITION',
  413: 'INVALID_ARGUMENT',
  415: 'INVALID_ARGUMENT',
  422: 'INVALID_ARGUMENT',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
  501: 'UNIMPLEMENTED',
  502: 'UNAVAILABLE',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
}

/** The code of an HTTP status; 409 is two things, told apart by the reason. */
function codeOfStatus(httpStatus: number, reason: string | undefined): ErrorCode {
  if (httpStatus === 409 && reason === 'AlreadyExists') return 'ALREADY_EXISTS'
  return codes[httpStatus] ?? (httpStatus >= 500 ? 'INTERNAL' : 'UNKNOWN')
}

/** A refusal as an error. `body` is the answer's text, normally a Status; a proxy's HTML is cut to one line. */
export function errorFromResponse(what: string, httpStatus: number, body: string, retryAfter?: string): KubeError {
  let status: KubeStatus | undefined
  try {
    const parsed: unknown = JSON.parse(body)
    if (typeof parsed === 'object' && parsed !== null) status = parsed as KubeStatus
  } catch {
    // Not from the API server itself: the text below is all there is.
  }
  const text = status?.message ?? body.replace(/\s+/g, ' ').trim().slice(0, 200)
  const seconds = Number(retryAfter ?? status?.details?.retryAfterSeconds)
  return new KubeError(codeOfStatus(httpStatus, status?.reason), `${what}: ${text || `HTTP ${httpStatus}`}`, {
    httpStatus,
    status,
    retryAfterMs: Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined,
  })
}

/** An ERROR event inside a watch: an answer that came after the 200. */
export function errorFromStatus(what: string, status: KubeStatus): KubeError {
  return errorFromResponse(what, status.code ?? 500, JSON.stringify(status))
}

export function isNotFound(error: unknown): error is KubeError {
  return error instanceof KubeError && error.httpStatus === 404
}

/** Somebody else changed the object first: read it again and retry. */
export function isConflict(error: unknown): error is KubeError {
  return error instanceof KubeError && error.code === 'ABORTED'
}

export function isAlreadyExists(error: unknown): error is KubeError {
  return error instanceof KubeError && error.code === 'ALREADY_EXISTS'
}

/** The resource version or continue token is too old: list again. */
export function isGone(error: unknown): error is KubeError {
  return error instanceof KubeError && error.httpStatus === 410
}
