import { status } from '@grpc/grpc-js'
import { type ErrorCode, OpenLocalError } from '@open-local/shared'

/** The one place where our codes meet gRPC's. A code without a number, or a number too many, doesn't compile. */
export const statusByCode = {
  CANCELLED: status.CANCELLED,
  UNKNOWN: status.UNKNOWN,
  INVALID_ARGUMENT: status.INVALID_ARGUMENT,
  DEADLINE_EXCEEDED: status.DEADLINE_EXCEEDED,
  NOT_FOUND: status.NOT_FOUND,
  ALREADY_EXISTS: status.ALREADY_EXISTS,
  PERMISSION_DENIED: status.PERMISSION_DENIED,
  RESOURCE_EXHAUSTED: status.RESOURCE_EXHAUSTED,
  FAILED_PRECONDITION: status.FAILED_PRECONDITION,
  ABORTED: status.ABORTED,
  OUT_OF_RANGE: status.OUT_OF_RANGE,
  UNIMPLEMENTED: status.UNIMPLEMENTED,
  INTERNAL: status.INTERNAL,
  UNAVAILABLE: status.UNAVAILABLE,
  UNAUTHENTICATED: status.UNAUTHENTICATED,
} as const satisfies Record<ErrorCode, status>

const codeByStatus = new Map(
  Object.entries(statusByCode).map(([code, number]) => [number as status, code as ErrorCode]),
)

/**
 * An error as a caller sees it. Ours keep their code and sentence; anything else is a fault of the program, whose text
 * may hold anything, so the caller gets INTERNAL and learns only where to look.
 */
export function toFailure(error: unknown, method: string): { code: ErrorCode; message: string } {
  if (error instanceof OpenLocalError) return { code: error.code, message: error.message }
  return { code: 'INTERNAL', message: `${method} failed unexpectedly; the driver's log has the whole error` }
}

/** A gRPC status received from a server as an error of ours. DATA_LOSS, which is not among ours, becomes UNKNOWN. */
export function fromStatus(code: status, details: string, cause: unknown): OpenLocalError {
  return new OpenLocalError(codeByStatus.get(code) ?? 'UNKNOWN', details, { cause })
}
