import type { ErrorReply } from '@open-local/shared/api'
import { apiBase } from '../../../../lib/api-base.ts'

export const dynamic = 'force-dynamic'

const passedToApi = ['accept', 'accept-language', 'last-event-id', 'x-request-id']
const passedToBrowser = ['content-type', 'x-request-id', 'retry-after']

/**
 * Passes a read on to the control plane and streams its answer back unbuffered. The request gets the API's own Host
 * and none of the browser's cookies. When the API does not answer: 503 with the API's own error body.
 */
export async function GET(request: Request): Promise<Response> {
  const from = new URL(request.url)
  const headers = new Headers()
  for (const name of passedToApi) {
    const value = request.headers.get(name)
    if (value) headers.set(name, value)
  }
  try {
    const reply = await fetch(new URL(from.pathname + from.search, apiBase()), {
      headers,
      cache: 'no-store',
      redirect: 'manual',
      signal: request.signal,
    })
    // no-transform keeps compression away, which would hold events back.
    const out = new Headers({ 'cache-control': 'no-cache, no-transform', 'x-accel-buffering': 'no' })
    for (const name of passedToBrowser) {
      const value = reply.headers.get(name)
      if (value) out.set(name, value)
    }
    return new Response(reply.body && endsQuietly(reply.body), { status: reply.status, headers: out })
  } catch (error) {
    if (request.signal.aborted) return new Response(null, { status: 499 })
    const requestId = crypto.randomUUID()
    console.error(JSON.stringify({ level: 'error', requestId, path: from.pathname, message: reasonOf(error) }))
    const body: ErrorReply = {
      error: { code: 'UNAVAILABLE', message: 'The control plane does not answer.', requestId },
    }
    return Response.json(body, { status: 503, headers: { 'cache-control': 'no-store', 'x-request-id': requestId } })
  }
}

/** The same bytes; where the API goes away midway the answer ends, and the reader sees that it is cut short. */
function endsQuietly(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  return new ReadableStream({
    pull: async (controller) => {
      try {
        const { done, value } = await reader.read()
        if (done) controller.close()
        else controller.enqueue(value)
      } catch {
        controller.close()
      }
    },
    cancel: (reason) => reader.cancel(reason),
  })
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : ''
  return `${error}${cause}`
}
