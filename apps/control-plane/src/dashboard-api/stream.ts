import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Hub } from './hub.ts'

const PING_MS = 15_000
/** A reader this far behind is cut off; it comes back by itself and fetches anew. */
const MAX_BUFFERED = 4 << 20

/** Server-sent events: hello, then deltas; `Last-Event-ID` resumes, or `hello` says reset. Lives until the reader goes. */
export function streamTo(hub: Hub, request: FastifyRequest, reply: FastifyReply): void {
  reply.hijack()
  const { raw } = reply
  raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no',
    'x-content-type-options': 'nosniff',
  })
  const send = (event: string, data: unknown, id?: number): void => {
    if (raw.writableLength > MAX_BUFFERED) {
      raw.destroy()
      return
    }
    raw.write(`${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
  }
  const stopListening = hub.listen((delta) => send('delta', delta, delta.seq))
  const last = Number(request.headers['last-event-id'])
  const missed = Number.isFinite(last) && request.headers['last-event-id'] ? hub.since(last) : []
  // Its id is what the reader holds already: were the stream cut before all missed batches are sent, it resumes there.
  send('hello', { ...hub.hello, reset: missed === undefined }, missed?.length ? last : hub.hello.seq)
  for (const delta of missed ?? []) send('delta', delta, delta.seq)
  const ping = setInterval(() => raw.write('event: ping\ndata: {}\n\n'), PING_MS)
  raw.on('close', () => {
    clearInterval(ping)
    stopListening()
  })
}
