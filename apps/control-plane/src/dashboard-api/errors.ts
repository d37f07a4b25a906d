import { type ErrorCode, InvalidFieldError, messageOf, OpenLocalError } from '@open-local/shared'
import type { ErrorReply } from '@open-local/shared/api'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'

const statusOf: Record<ErrorCode, number> = {
  CANCELLED: 499,
  UNKNOWN: 500,
  INVALID_ARGUMENT: 400,
  DEADLINE_EXCEEDED: 504,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  PERMISSION_DENIED: 403,
  RESOURCE_EXHAUSTED: 429,
  FAILED_PRECONDITION: 409,
  ABORTED: 409,
  OUT_OF_RANGE: 400,
  UNIMPLEMENTED: 405,
  INTERNAL: 500,
  UNAVAILABLE: 503,
  UNAUTHENTICATED: 401,
}

/** For `frameworkErrors`: a URL that is none is answered before any hook or handler. */
export function answerBadUrl(error: Error, request: FastifyRequest, reply: FastifyReply): void {
  const body: ErrorReply = {
    error: { code: 'INVALID_ARGUMENT', message: error.message, field: 'url', requestId: request.id },
  }
  reply.code(400).headers(securityHeaders(request.id)).send(body)
}

export function securityHeaders(requestId: string): Record<string, string> {
  return {
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-request-id': requestId,
    'content-security-policy': "default-src 'none'",
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
  }
}

/** The one place where errors become answers. Unknown ones are logged whole and shown plainly. */
export function mapErrors(server: FastifyInstance): void {
  server.setErrorHandler((error, request, reply) => {
    const answer = (status: number, code: string, message: string, field?: string) => {
      const body: ErrorReply = { error: { code, message, requestId: request.id, ...(field ? { field } : {}) } }
      return reply.code(status).send(body)
    }
    if (hasZodFastifySchemaValidationErrors(error)) {
      const [issue] = error.validation
      const field = issue?.instancePath.slice(1).replaceAll('/', '.') || undefined
      return answer(400, 'INVALID_ARGUMENT', `${field ?? 'request'}: ${issue?.message ?? 'is not valid'}`, field)
    }
    if (error instanceof OpenLocalError) {
      return answer(
        statusOf[error.code],
        error.code,
        error.message,
        error instanceof InvalidFieldError ? error.field : undefined,
      )
    }
    const status = (error as { statusCode?: number }).statusCode
    if (status !== undefined && status >= 400 && status < 500)
      return answer(status, 'INVALID_ARGUMENT', messageOf(error))
    request.log.error({ err: error }, 'request failed')
    return answer(500, 'INTERNAL', 'Something went wrong here; the log has it under this request id.')
  })
  server.setNotFoundHandler((request, reply) => {
    const body: ErrorReply = {
      error: {
        code: 'NOT_FOUND',
        message: `${request.url.split('?')[0]} is not served; see /openapi.json`,
        requestId: request.id,
      },
    }
    return reply.code(404).send(body)
  })
}
