import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import type { User } from '../access/user.ts'
import { StatusError } from '../api/status-error.ts'
import type { Caller } from '../rules/rules.ts'

const MOST_BODY_BYTES = 3 * 1024 * 1024
const MOST_WARNINGS = 20

/** One request with its answer. */
export class Call {
  readonly request: Http2ServerRequest
  readonly response: Http2ServerResponse
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly #warnings: string[] = []
  user: User = { name: '', groups: [] }

  constructor(request: Http2ServerRequest, response: Http2ServerResponse) {
    this.request = request
    this.response = response
    this.method = request.method
    const { pathname, searchParams } = new URL(request.url, 'https://localhost')
    this.path = pathname
    this.query = searchParams
  }

  header(name: string): string | undefined {
    const value = this.request.headers[name]
    return Array.isArray(value) ? value[0] : value
  }

  warn(text: string): void {
    if (this.#warnings.length < MOST_WARNINGS && !this.#warnings.includes(text)) this.#warnings.push(text)
  }

  caller(): Caller {
    const dryRun = this.query.getAll('dryRun')
    if (dryRun.some((value) => value !== 'All'))
      throw new StatusError(422, 'Invalid', `dryRun: Unsupported value: "${dryRun[0]}": supported values: "All"`)
    const validation = this.query.get('fieldValidation') || 'Warn'
    if (validation !== 'Strict' && validation !== 'Warn' && validation !== 'Ignore')
      throw new StatusError(
        422,
        'Invalid',
        `CreateOptions.meta.k8s.io "" is invalid: fieldValidation: Unsupported value: "${validation}": supported values: "", "Ignore", "Strict", "Warn"`,
      )
    return {
      user: this.user.name,
      warn: (text) => this.warn(text),
      dryRun: dryRun.length > 0,
      fieldValidation: validation,
    }
  }

  /** 413 for more than 3 MiB. */
  async body(): Promise<Buffer> {
    const chunks: Buffer[] = []
    let bytes = 0
    for await (const chunk of this.request) {
      bytes += (chunk as Buffer).length
      if (bytes > MOST_BODY_BYTES)
        throw new StatusError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${MOST_BODY_BYTES}`)
      chunks.push(chunk as Buffer)
    }
    return Buffer.concat(chunks)
  }

  head(code: number, contentType = 'application/json', headers: Record<string, string> = {}): void {
    this.response.setHeader('content-type', contentType)
    this.response.setHeader('cache-control', 'no-cache, private')
    if (this.#warnings.length > 0)
      this.response.setHeader(
        'warning',
        this.#warnings.map((text) => `299 - "${text.replace(/["\\]/g, '\\$&').replace(/[\r\n]+/g, ' ')}"`),
      )
    for (const [name, value] of Object.entries(headers)) this.response.setHeader(name, value)
    this.response.writeHead(code)
  }

  send(code: number, value: unknown, contentType?: string, headers?: Record<string, string>): void {
    if (this.response.headersSent) return
    this.head(code, contentType, headers)
    this.response.end(typeof value === 'string' || Buffer.isBuffer(value) ? value : `${JSON.stringify(value)}\n`)
  }

  fail(error: unknown): void {
    const status =
      error instanceof StatusError
        ? error
        : new StatusError(500, 'InternalError', `Internal error occurred: ${(error as Error).message}`)
    const { retryAfterSeconds } = status.details
    const headers: Record<string, string> =
      retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }
    this.send(status.code, status.toStatus(), undefined, headers)
  }
}
