import http from 'node:http'
import https from 'node:https'
import { messageOf } from '@open-local/shared'
import type { ConnectionOptions } from './connection.ts'
import { errorFromResponse, KubeError } from './error.ts'

/** One HTTP exchange with the API server: keep-alive sockets, deadlines, tokens. Knows nothing of Kubernetes kinds. */

export type Query = Record<string, string | number | boolean | undefined>

export interface HttpRequest {
  method: string
  path: string
  query?: Query
  headers?: Record<string, string>
  /** Sent as it is. */
  body?: string
  /** For the whole answer; of a stream, for its head. */
  timeoutMs: number
  signal?: AbortSignal
}

export interface HttpAnswer {
  status: number
  headers: http.IncomingHttpHeaders
  body: string
}

const KEEP_ALIVE_PROBE_MS = 15_000
const MAX_SOCKETS = 32

export class Transport {
  readonly #connection: ConnectionOptions
  readonly #userAgent: string
  readonly #base: URL
  readonly #unaryAgent: http.Agent
  /** Watches have sockets of their own, so that they never hold back a request. */
  readonly #streamAgent: http.Agent

  constructor(connection: ConnectionOptions, userAgent: string) {
    this.#connection = connection
    this.#userAgent = userAgent
    this.#base = new URL(connection.server)
    const agent = (maxSockets: number) => {
      const common = { keepAlive: true, keepAliveMsecs: KEEP_ALIVE_PROBE_MS, maxSockets }
      if (this.#base.protocol !== 'https:') return new http.Agent(common)
      const { ca, cert, key, serverName, insecureSkipTlsVerify } = connection
      const rejectUnauthorized = !insecureSkipTlsVerify
      return new https.Agent({ ...common, ca, cert, key, servername: serverName, rejectUnauthorized })
    }
    this.#unaryAgent = agent(MAX_SOCKETS)
    this.#streamAgent = agent(Number.POSITIVE_INFINITY)
  }

  /**
   * The whole answer of a request that the server accepted. KubeError otherwise: its code from the HTTP status, or
   * UNAVAILABLE (no connection), DEADLINE_EXCEEDED, CANCELLED (`signal`). A read on a kept connection that the server
   * had just closed, and a request refused with 401 where the token can be refreshed, are sent once more.
   */
  async send(request: HttpRequest): Promise<HttpAnswer> {
    const deadline = deadlineOf(request)
    try {
      const response = await this.#open(request, this.#unaryAgent, deadline.signal)
      const body = await readAll(response)
      if (response.statusCode! >= 300) throw refusal(request, response, body)
      return { status: response.statusCode!, headers: response.headers, body }
    } catch (error) {
      throw deadline.explain(error)
    } finally {
      deadline.end()
    }
  }

  /** The running answer of a stream; ending `signal` breaks it. A refusal throws as in `send`. */
  async stream(request: HttpRequest): Promise<http.IncomingMessage> {
    const deadline = deadlineOf(request)
    try {
      const response = await this.#open(request, this.#streamAgent, deadline.signal)
      if (response.statusCode! >= 300) throw refusal(request, response, await readAll(response))
      deadline.stopClock()
      response.once('close', deadline.end)
      return response
    } catch (error) {
      deadline.end()
      throw deadline.explain(error)
    }
  }

  close(): void {
    this.#unaryAgent.destroy()
    this.#streamAgent.destroy()
  }

  async #open(request: HttpRequest, agent: http.Agent, signal: AbortSignal): Promise<http.IncomingMessage> {
    const response = await this.#attempt(request, agent, signal, await this.#connection.getToken?.())
    if (response.statusCode !== 401 || !this.#connection.getToken) return response
    const fresh = await this.#connection.getToken({ refresh: true })
    if (fresh === undefined) return response
    response.resume()
    return this.#attempt(request, agent, signal, fresh)
  }

  async #attempt(request: HttpRequest, agent: http.Agent, signal: AbortSignal, token: string | undefined) {
    try {
      return await this.#exchange(request, agent, signal, token)
    } catch (error) {
      if (request.method === 'GET' && error instanceof StaleSocketError)
        return await this.#exchange(request, agent, signal, token)
      throw error
    }
  }

  #exchange(request: HttpRequest, agent: http.Agent, signal: AbortSignal, token: string | undefined) {
    const url = new URL(this.#base)
    url.pathname = `${this.#base.pathname.replace(/\/$/, '')}${request.path}`
    for (const [name, value] of Object.entries(request.query ?? {}))
      if (value !== undefined && value !== '') url.searchParams.set(name, String(value))
    const headers: Record<string, string | number> = {
      accept: 'application/json',
      'user-agent': this.#userAgent,
      ...request.headers,
    }
    if (token !== undefined) headers.authorization = `Bearer ${token}`
    if (request.body !== undefined) headers['content-length'] = Buffer.byteLength(request.body)
    const open = url.protocol === 'https:' ? https.request : http.request
    return new Promise<http.IncomingMessage>((resolve, reject) => {
      const outgoing = open(url, { method: request.method, headers, agent, signal })
      outgoing.once('response', resolve)
      outgoing.once('error', (error: NodeJS.ErrnoException) => {
        const stale = outgoing.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE')
        reject(stale ? new StaleSocketError(error.message, { cause: error }) : error)
      })
      outgoing.end(request.body)
    })
  }
}

/** A kept connection was closed by the server before it saw our request; sending a read again is safe. */
class StaleSocketError extends Error {}

function readAll(response: http.IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    response.on('data', (chunk: Buffer) => chunks.push(chunk))
    response.once('end', () => resolve(Buffer.concat(chunks).toString('utf8')))
    response.once('error', reject)
    // Node reports a body cut short as `close` without `end`, and not always as an error.
    response.once('close', () => reject(new Error('the connection was closed before the answer was complete')))
  })
}

function refusal(request: HttpRequest, response: http.IncomingMessage, body: string): KubeError {
  return errorFromResponse(
    `${request.method} ${request.path}`,
    response.statusCode!,
    body,
    response.headers['retry-after'],
  )
}

/** Joins the caller's signal and the request's time limit, and says afterwards which of them ended it. */
function deadlineOf(request: HttpRequest) {
  const { method, path, timeoutMs, signal } = request
  const controller = new AbortController()
  let timedOut = false
  const timer = setTimeout(() => {
    timedOut = true
    controller.abort()
  }, timeoutMs)
  const forward = () => controller.abort()
  if (signal?.aborted) forward()
  else signal?.addEventListener('abort', forward, { once: true })
  return {
    signal: controller.signal,
    stopClock: () => clearTimeout(timer),
    /** Callers' signals live long: what is left on them is a leak. */
    end() {
      clearTimeout(timer)
      signal?.removeEventListener('abort', forward)
    },
    explain(error: unknown): unknown {
      if (error instanceof KubeError) return error
      const what = `${method} ${path}`
      if (timedOut) return new KubeError('DEADLINE_EXCEEDED', `${what}: no answer within ${timeoutMs} ms`)
      if (signal?.aborted) return new KubeError('CANCELLED', `${what}: cancelled`, { cause: error })
      return new KubeError('UNAVAILABLE', `${what}: ${messageOf(error)}`, { cause: error })
    },
  }
}
