import type { ErrorReply, ParamsOf, QueryOf, ReplyOf } from '@open-local/shared/api'
import { apiBase } from './api-base.ts'

/** An answer that is not 2xx, or no answer (`status` 0). Its code is translated by the page. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  readonly code: string
  readonly requestId: string | null

  constructor(status: number, code: string, message: string, requestId: string | null) {
    super(message)
    this.status = status
    this.code = code
    this.requestId = requestId
  }
}

interface CallOptions<R> {
  params?: ParamsOf<R>
  query?: QueryOf<R>
  signal?: AbortSignal
}

/** The path with `:name` parts filled in and the query appended; absent and empty values are left out. */
export function urlOf(path: string, params: object = {}, query: object = {}): string {
  const named = new Map(Object.entries(params))
  const filled = path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(named.get(name) ?? '')))
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== null && value !== '') search.set(name, String(value))
  const text = search.toString()
  return text ? `${filled}?${text}` : filled
}

/**
 * One read of the API, typed by the route's contract: `call<typeof getNode>('/api/v1/nodes/:name', { params })`.
 * The contract itself is imported as a type only, so that its schemas stay out of the browser's bundle.
 * Throws ApiError.
 */
export async function call<R>(path: string, options: CallOptions<R> = {}): Promise<ReplyOf<R>> {
  const url = apiBase() + urlOf(path, options.params as object, options.query as object)
  let reply: Response
  try {
    reply = await fetch(url, {
      headers: { accept: 'application/json' },
      cache: 'no-store',
      signal: options.signal ?? null,
    })
  } catch (error) {
    if (options.signal?.aborted) throw error
    throw new ApiError(0, 'UNAVAILABLE', 'The server does not answer.', null)
  }
  if (!reply.ok) throw await errorOf(reply)
  return (await reply.json()) as ReplyOf<R>
}

async function errorOf(reply: Response): Promise<ApiError> {
  const requestId = reply.headers.get('x-request-id')
  try {
    const { error } = (await reply.json()) as ErrorReply
    return new ApiError(reply.status, error.code, error.message, error.requestId ?? requestId)
  } catch {
    return new ApiError(reply.status, 'UNKNOWN', `The server answered ${reply.status}.`, requestId)
  }
}
