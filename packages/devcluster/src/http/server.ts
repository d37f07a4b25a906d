import { timingSafeEqual } from 'node:crypto'
import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TLSSocket } from 'node:tls'
import type { Attributes } from '../access/rbac.ts'
import type { Access } from '../access/reviews.ts'
import { ANONYMOUS, type User } from '../access/user.ts'
import type { KubeApi } from '../api/kube-api.ts'
import { StatusError } from '../api/status-error.ts'
import type { Kubelet } from '../kubelet/kubelet.ts'
import type { Log } from '../log.ts'
import { VERSION } from '../version.ts'
import { Call } from './call.ts'
import { routeControl } from './control.ts'
import { routeDiscovery } from './discovery.ts'
import { type Fault, Faults, faultStatus } from './faults.ts'
import { impersonated } from './impersonation.ts'
import { routeOpenApi } from './openapi.ts'
import { type ResourceRequest, resourceRequest } from './request-info.ts'
import { routeResource } from './resource-routes.ts'
import { Watches } from './watch.ts'

export interface ApiServerOptions {
  api: KubeApi
  access: Access
  tls: { certificate: string; key: string; clientAuthority: string }
  /** Of users that are no service accounts, by token. */
  staticTokens: Record<string, User>
  kubelets: () => readonly Kubelet[]
  log: Log
}

/** The Kubernetes API over HTTPS, HTTP/2 and HTTP/1.1, on one loopback address. */
export class ApiServer {
  readonly faults = new Faults()
  readonly watches = new Watches()
  readonly #options: ApiServerOptions
  readonly #server: Http2SecureServer
  readonly #sockets = new Set<TLSSocket>()
  #ready = false

  constructor(options: ApiServerOptions) {
    this.#options = options
    const { certificate, key, clientAuthority } = options.tls
    this.#server = createSecureServer(
      {
        cert: certificate,
        key,
        ca: clientAuthority,
        // Who shows no certificate, or one of somebody else, may still have a token.
        requestCert: true,
        rejectUnauthorized: false,
        allowHTTP1: true,
        maxSessionMemory: 1_000,
        settings: { maxConcurrentStreams: 10_000, initialWindowSize: 1024 * 1024 },
      },
      (request, response) => void this.#handle(request, response),
    )
    this.#server.on('secureConnection', (socket) => {
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
    })
    this.#server.on('sessionError', () => {})
    this.#server.on('tlsClientError', () => {})
  }

  /** Resolves with the port. */
  async listen(host: string, port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(port, host, resolve)
    })
    const address = this.#server.address()
    return typeof address === 'object' && address ? address.port : port
  }

  /** From now on `/readyz` says so. */
  setReady(): void {
    this.#ready = true
  }

  async close(): Promise<void> {
    this.watches.dropAll()
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  async #handle(request: Http2ServerRequest, response: Http2ServerResponse): Promise<void> {
    let call: Call | undefined
    try {
      call = new Call(request, response)
      response.on('error', () => {})
      call.user = impersonated(call, this.#authenticate(call), this.#options.access.rbac)
      const resource = resourceRequest(call.method, call.path, call.query)
      const effect = this.faults.strike({
        user: call.user.name,
        verb: resource?.verb ?? call.method.toLowerCase(),
        resource: resource?.resource ?? call.path,
        name: resource?.name,
      })
      await this.#strike(call, effect)
      this.#authorize(call, resource)
      await this.#route(call, resource, effect)
    } catch (error) {
      if (!(error instanceof StatusError))
        this.#options.log(`${request.method} ${request.url}: ${(error as Error).stack}`)
      if (call) call.fail(error)
      else response.stream?.close()
    }
  }

  async #strike(call: Call, effect: Fault['effect'] | undefined): Promise<void> {
    if (!effect) return
    if ('status' in effect) throw faultStatus(effect.status, effect.message)
    if ('delayMs' in effect) await sleep(effect.delayMs)
    if ('lostAnswer' in effect) {
      const { request, response } = call
      // The work is done as usual; its answer never gets out.
      call.send = () => void (request.stream ? request.stream.destroy() : response.socket.destroy())
    }
  }

  #authenticate(call: Call): User {
    const socket = (call.request.stream?.session?.socket ?? call.request.socket) as TLSSocket
    const { staticTokens, access } = this.#options
    const [scheme, token] = (call.header('authorization') ?? '').split(' ')
    if (scheme?.toLowerCase() === 'bearer' && token) {
      const user =
        Object.entries(staticTokens).find(([known]) => sameText(known, token))?.[1] ?? access.tokens.verify(token)?.user
      if (!user) throw new StatusError(401, 'Unauthorized', 'Unauthorized')
      return user
    }
    if (socket.authorized) {
      const { subject } = socket.getPeerCertificate() as { subject?: { CN?: string; O?: string | string[] } }
      if (subject?.CN) return { name: subject.CN, groups: [...[subject.O ?? []].flat(), 'system:authenticated'] }
    }
    return ANONYMOUS
  }

  #authorize(call: Call, resource: ResourceRequest | undefined): void {
    const { rbac } = this.#options.access
    const attributes: Attributes = resource ?? { verb: call.method.toLowerCase(), path: call.path }
    if (rbac.authorize(call.user, attributes).allowed) return
    const who = `User "${call.user.name}" cannot`
    if (!resource)
      throw new StatusError(403, 'Forbidden', `forbidden: ${who} ${attributes.verb} path "${call.path}"`, {})
    const { verb, group, namespace, name, subresource } = resource
    const plural = subresource ? `${resource.resource}/${subresource}` : resource.resource
    const where = namespace ? `in the namespace "${namespace}"` : 'at the cluster scope'
    const what = group === '' ? resource.resource : `${resource.resource}.${group}`
    const named = name ? `${what} "${name}"` : what
    throw new StatusError(
      403,
      'Forbidden',
      `${named} is forbidden: ${who} ${verb} resource "${plural}" in API group "${group}" ${where}`,
      { ...(name ? { name } : {}), ...(group ? { group } : {}), kind: resource.resource },
    )
  }

  async #route(call: Call, resource: ResourceRequest | undefined, effect: Fault['effect'] | undefined): Promise<void> {
    const { api, access } = this.#options
    if (resource) {
      const stale = effect && 'staleRevisions' in effect ? effect.staleRevisions : 0
      return routeResource({ api, access, watches: this.watches, staleRevisions: () => stale }, call, resource)
    }
    if (routeDiscovery(api.resources, call) || routeOpenApi(api, call)) return
    const { kubelets } = this.#options
    if (await routeControl({ api, faults: this.faults, watches: this.watches, kubelets }, call)) return
    if (call.path === '/version') return call.send(200, VERSION)
    if (['/healthz', '/livez'].includes(call.path)) return call.send(200, 'ok', 'text/plain')
    if (call.path === '/readyz') return call.send(this.#ready ? 200 : 500, this.#ready ? 'ok' : 'not yet', 'text/plain')
    throw new StatusError(404, 'NotFound', 'the server could not find the requested resource')
  }
}

function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}
