import { Agent, request } from 'node:https'
import type { KeyPairPem } from '@open-local/devcluster/certificates'

export class KubeApiError extends Error {
  readonly status: number
  constructor(method: string, path: string, status: number, body: string) {
    super(`${method} ${path}: ${status} ${body.slice(0, 500)}`)
    this.status = status
  }
}

/** The few calls that the harness itself makes to the API server, as its administrator. */
export class KubeApi {
  readonly server: string
  readonly #agent: Agent

  constructor(server: string, caPem: string, admin: KeyPairPem) {
    this.server = server
    this.#agent = new Agent({ ca: caPem, cert: admin.certificate, key: admin.key, keepAlive: true })
  }

  get<T>(path: string): Promise<T> {
    return this.#call<T>('GET', path)
  }

  post<T>(path: string, body: unknown): Promise<T> {
    return this.#call<T>('POST', path, body, 'application/json')
  }

  mergePatch<T>(path: string, body: unknown): Promise<T> {
    return this.#call<T>('PATCH', path, body, 'application/merge-patch+json')
  }

  delete<T>(path: string): Promise<T> {
    return this.#call<T>('DELETE', path)
  }

  close(): void {
    this.#agent.destroy()
  }

  #call<T>(method: string, path: string, body?: unknown, contentType?: string): Promise<T> {
    return new Promise((resolve, reject) => {
      const headers = contentType ? { 'content-type': contentType } : {}
      const call = request(`${this.server}${path}`, { method, agent: this.#agent, headers, timeout: 30_000 })
      call.on('timeout', () => call.destroy(new Error(`${method} ${path}: no answer`)))
      call.on('error', reject)
      call.on('response', async (response) => {
        try {
          const text = (await response.setEncoding('utf8').toArray()).join('')
          const status = response.statusCode ?? 0
          if (status >= 400) reject(new KubeApiError(method, path, status, text))
          else resolve((text.startsWith('{') ? JSON.parse(text) : text) as T)
        } catch (error) {
          reject(error)
        }
      })
      call.end(body === undefined ? undefined : JSON.stringify(body))
    })
  }
}
