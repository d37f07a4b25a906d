/** The one port of the agent, for reading only: health, readiness, and metrics for whom Kubernetes lets. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Verdict } from './access.ts'

export interface HttpOptions {
  host: string
  port: number
  cert: string | Buffer
  key: string | Buffer
  isHealthy: () => boolean
  isReady: () => boolean
  checkAccess: (authorization: string | undefined, path: string) => Promise<Verdict>
  metrics: () => Promise<{ contentType: string; text: string }>
}

export interface HttpServer {
  port: number
  stop(): Promise<void>
}

/** Nothing that is asked here has a body; a minute suffices for the slowest scraper. */
const LIMITS = { maxHeaderSize: 32_768, headersTimeout: 5_000, requestTimeout: 10_000, keepAliveTimeout: 60_000 }
const MAX_CONNECTIONS = 64

export async function serveHttp(options: HttpOptions): Promise<HttpServer> {
  const { host, port, cert, key } = options
  const server = createServer({ cert, key, minVersion: 'TLSv1.2', ...LIMITS }, (request, response) => {
    answer(options, request, response).catch(() => send(response, 500, 'internal error\n'))
  })
  server.maxConnections = MAX_CONNECTIONS
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  server.on('error', () => {})
  return { port: (server.address() as AddressInfo).port, stop: () => close(server) }
}

async function answer(options: HttpOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  // A body is not read: the connection ends with the answer.
  if (request.headers['content-length'] ?? request.headers['transfer-encoding'])
    response.setHeader('connection', 'close')
  const path = (request.url ?? '').split('?')[0]
  if (path !== '/healthz' && path !== '/readyz' && path !== '/metrics') return send(response, 404, 'not found\n')
  if (request.method !== 'GET') {
    response.setHeader('allow', 'GET')
    return send(response, 405, 'only GET\n')
  }
  if (path === '/healthz') return state(response, options.isHealthy())
  if (path === '/readyz') return state(response, options.isReady())
  const verdict = await options.checkAccess(request.headers.authorization, path).catch(() => undefined)
  if (verdict === undefined) return send(response, 503, 'the API server could not be asked\n')
  if (verdict === 'unauthenticated') {
    response.setHeader('www-authenticate', 'Bearer')
    return send(response, 401, 'a bearer token is needed\n')
  }
  if (verdict === 'forbidden') return send(response, 403, 'get on /metrics is not allowed\n')
  const { contentType, text } = await options.metrics()
  response.setHeader('content-type', contentType)
  send(response, 200, text)
}

function state(response: ServerResponse, good: boolean): void {
  send(response, good ? 200 : 503, good ? 'ok\n' : 'not yet\n')
}

function send(response: ServerResponse, status: number, text: string): void {
  if (response.headersSent) return void response.destroy()
  if (!response.hasHeader('content-type')) response.setHeader('content-type', 'text/plain; charset=utf-8')
  response.setHeader('x-content-type-options', 'nosniff')
  response.writeHead(status).end(text)
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeIdleConnections()
  const timer = setTimeout(() => server.closeAllConnections(), 2_000)
  await closed
  clearTimeout(timer)
}
