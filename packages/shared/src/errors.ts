/**
 * The one family of errors. Codes are gRPC's names, so that each edge (CSI, HTTP, Kubernetes) maps them once.
 * A message is a sentence for people: what happened, to what, and what to do next.
 */
export const errorCodes = [
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'UNAUTHENTICATED',
] as const

export type ErrorCode = (typeof errorCodes)[number]

export class OpenLocalError extends Error {
  override readonly name: string = 'OpenLocalError'
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.code = code
  }
}

/** A value that a person wrote is wrong: names the field, what it holds, and what it may hold. */
export class InvalidFieldError extends OpenLocalError {
  readonly field: string

  constructor(field: string, message: string, options?: { cause?: unknown }) {
    super('INVALID_ARGUMENT', `${field}: ${message}`, options)
    this.field = field
  }
}

/** The error's code, UNKNOWN for whatever is not of the family. */
export function codeOf(error: unknown): ErrorCode {
  return error instanceof OpenLocalError ? error.code : 'UNKNOWN'
}

/** The error's sentence; never throws. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
