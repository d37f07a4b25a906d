import type { ConnectionOptions } from './connection.ts'
import type { JsonPatch } from './patch.ts'
import { apiVersionOf, type KubeList, type KubeObject, type NewObject, pathOf, type ResourceType } from './resource.ts'
import { type HttpAnswer, type Query, Transport } from './transport.ts'
import { type WatchEvent, watchEvents } from './watch.ts'

export interface CallOptions {
  signal?: AbortSignal
  timeoutMs?: number
}

export interface NamedOptions extends CallOptions {
  /** Needed by namespaced kinds. */
  namespace?: string
}

export interface WriteOptions extends CallOptions {
  /** The server checks and answers, and stores nothing. */
  dryRun?: boolean
  fieldManager?: string
  subresource?: string
}

export interface Selection {
  /** All namespaces when absent. */
  namespace?: string
  labelSelector?: string
  fieldSelector?: string
}

export interface ListOptions extends Selection, CallOptions {
  limit?: number
  continue?: string
  resourceVersion?: string
  resourceVersionMatch?: 'Exact' | 'NotOlderThan'
}

export interface WatchOptions extends Selection {
  resourceVersion?: string
  /** Streaming list: the present objects first, then a bookmark that says so. */
  sendInitialEvents?: boolean
  /** The server ends the watch after about this long. */
  timeoutSeconds?: number
  /** Without a byte for this long the connection is taken for dead. */
  inactivityTimeoutMs?: number
  signal?: AbortSignal
}

export interface DeleteOptions extends NamedOptions {
  /** The delete is refused with a conflict when these do not hold. */
  preconditions?: { uid?: string; resourceVersion?: string }
  propagationPolicy?: 'Background' | 'Foreground' | 'Orphan'
  gracePeriodSeconds?: number
  dryRun?: boolean
}

export type PatchType = 'merge' | 'json' | 'strategic' | 'apply'

export interface PatchOptions extends WriteOptions, NamedOptions {
  /** `merge` when absent. `json` takes a JsonPatch; `apply` needs `fieldManager`. */
  type?: PatchType
  /** Server-side apply: take over fields that others manage. */
  force?: boolean
}

export interface RawRequest extends CallOptions {
  method?: string
  path: string
  query?: Query
  headers?: Record<string, string>
  /** Sent as JSON unless it is a string. */
  body?: unknown
}

export interface ClientOptions {
  userAgent?: string
  /** For a whole answer; 30 s when absent. */
  timeoutMs?: number
}

const patchContentTypes: Record<PatchType, string> = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  // JSON is YAML; this name is understood by every server version.
  apply: 'application/apply-patch+yaml',
}

/**
 * The Kubernetes API with types. Each call is one request; each refusal is a KubeError (see its codes); nothing is
 * retried here beyond what Transport states. Safe for concurrent use.
 */
export class KubeClient {
  readonly connection: ConnectionOptions
  readonly #options: ClientOptions
  readonly #timeoutMs: number
  readonly #transport: Transport

  constructor(connection: ConnectionOptions, options: ClientOptions = {}, transport?: Transport) {
    this.connection = connection
    this.#options = options
    this.#timeoutMs = options.timeoutMs ?? 30_000
    this.#transport = transport ?? new Transport(connection, options.userAgent ?? 'open-local')
  }

  /** NOT_FOUND when absent. */
  async get<T extends KubeObject>(type: ResourceType<T>, name: string, options: NamedOptions = {}): Promise<T> {
    return this.#json<T>({ ...callOf(options), path: pathOf(type, { namespace: options.namespace, name }) })
  }

  /** One page when `limit` is given. The server leaves apiVersion and kind out of a list's items; they are put back. */
  async list<T extends KubeObject>(type: ResourceType<T>, options: ListOptions = {}): Promise<KubeList<T>> {
    const { namespace, labelSelector, fieldSelector, limit, resourceVersion, resourceVersionMatch } = options
    const query = {
      labelSelector,
      fieldSelector,
      limit,
      continue: options.continue,
      resourceVersion,
      resourceVersionMatch,
    }
    const list = await this.#json<KubeList<T>>({ ...callOf(options), path: pathOf(type, { namespace }), query })
    const typed = { apiVersion: apiVersionOf(type), kind: type.kind }
    return { metadata: list.metadata, items: (list.items ?? []).map((item) => ({ ...item, ...typed })) }
  }

  /** Every object, read in pages of 500. OUT_OF_RANGE when the list outlives the server's history: start again. */
  async listAll<T extends KubeObject>(type: ResourceType<T>, options: Selection & CallOptions = {}): Promise<T[]> {
    const items: T[] = []
    let next: string | undefined
    do {
      const page = await this.list(type, { ...options, limit: 500, continue: next })
      items.push(...page.items)
      next = page.metadata.continue
    } while (next)
    return items
  }

  /** Changes from `resourceVersion` on, until the server or `signal` ends them. Errors as KubeError, 410 included. */
  watch<T extends KubeObject>(type: ResourceType<T>, options: WatchOptions = {}): AsyncIterable<WatchEvent<T>> {
    return watchEvents(this.#transport, type, { ...options, openTimeoutMs: this.#timeoutMs })
  }

  /** The object as stored. ALREADY_EXISTS when the name is taken. Reviews are created too: the answer is in status. */
  async create<T extends KubeObject>(
    type: ResourceType<T>,
    object: NoInfer<NewObject<T>>,
    options: WriteOptions & NamedOptions = {},
  ): Promise<T> {
    const namespace = options.namespace ?? object.metadata?.namespace
    const name = options.subresource ? object.metadata?.name : undefined
    return this.#json<T>({
      ...callOf(options),
      method: 'POST',
      path: pathOf(type, { namespace, name, subresource: options.subresource }),
      query: writeQuery(options),
      body: { ...object, apiVersion: apiVersionOf(type), kind: type.kind },
    })
  }

  /** Replaces the object. ABORTED when its resourceVersion is no longer the stored one. */
  async update<T extends KubeObject>(
    type: ResourceType<T>,
    object: NoInfer<T>,
    options: WriteOptions = {},
  ): Promise<T> {
    const { name, namespace } = object.metadata
    return this.#json<T>({
      ...callOf(options),
      method: 'PUT',
      path: pathOf(type, { namespace, name, subresource: options.subresource }),
      query: writeQuery(options),
      body: { ...object, apiVersion: apiVersionOf(type), kind: type.kind },
    })
  }

  /**
   * Changes the named object; a merge patch unless `type` says otherwise. A `metadata.resourceVersion` inside a merge
   * patch makes it conditional: ABORTED when the stored object is newer.
   */
  async patch<T extends KubeObject>(
    type: ResourceType<T>,
    name: string,
    body: object | JsonPatch,
    options: PatchOptions = {},
  ): Promise<T> {
    return this.#json<T>({
      ...callOf(options),
      method: 'PATCH',
      path: pathOf(type, { namespace: options.namespace, name, subresource: options.subresource }),
      query: { ...writeQuery(options), force: options.force },
      headers: { 'content-type': patchContentTypes[options.type ?? 'merge'] },
      body,
    })
  }

  /** Server-side apply: creates the object or sets exactly these fields as `fieldManager`; takes over with `force`. */
  async apply<T extends KubeObject>(
    type: ResourceType<T>,
    object: { metadata: { name: string; namespace?: string } } & Partial<Omit<NoInfer<T>, 'metadata'>>,
    options: WriteOptions & { fieldManager: string; force?: boolean },
  ): Promise<T> {
    const { name, namespace } = object.metadata
    const body = { ...object, apiVersion: apiVersionOf(type), kind: type.kind }
    return this.patch(type, name, body, { force: true, ...options, namespace, type: 'apply' })
  }

  /** Returns once the server accepted it; finalizers may keep the object for longer. NOT_FOUND when absent. */
  async delete<T extends KubeObject>(type: ResourceType<T>, name: string, options: DeleteOptions = {}): Promise<void> {
    const { namespace, preconditions, propagationPolicy, gracePeriodSeconds, dryRun } = options
    await this.raw({
      ...callOf(options),
      method: 'DELETE',
      path: pathOf(type, { namespace, name }),
      query: writeQuery({ dryRun }),
      body: { apiVersion: 'v1', kind: 'DeleteOptions', preconditions, propagationPolicy, gracePeriodSeconds },
    })
  }

  /** Any path of the server (`/version`, `/readyz`, `/openapi/v3`); the answer's text. Refusals throw. */
  async raw(request: RawRequest): Promise<HttpAnswer> {
    const { method = 'GET', path, query, headers, body, signal, timeoutMs = this.#timeoutMs } = request
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body)
    const contentType = text === undefined ? undefined : { 'content-type': 'application/json' }
    return this.#transport.send({
      method,
      path,
      query,
      headers: { ...contentType, ...headers },
      body: text,
      signal,
      timeoutMs,
    })
  }

  /**
   * The same server as somebody else, by their bearer token. Our own certificate is not presented: a server prefers
   * it to the token. Sockets are not shared; `close` the client when the person is done.
   */
  withToken(token: string): KubeClient {
    const { server, ca, serverName, insecureSkipTlsVerify, namespace } = this.connection
    return new KubeClient(
      { server, ca, serverName, insecureSkipTlsVerify, namespace, getToken: async () => token },
      this.#options,
    )
  }

  /** Ends the idle sockets; running requests fail. */
  close(): void {
    this.#transport.close()
  }

  async #json<T>(request: RawRequest): Promise<T> {
    const answer = await this.raw(request)
    return JSON.parse(answer.body) as T
  }
}

function callOf({ signal, timeoutMs }: CallOptions): CallOptions {
  return { signal, timeoutMs }
}

function writeQuery({ dryRun, fieldManager }: WriteOptions): Query {
  return { dryRun: dryRun ? 'All' : undefined, fieldManager }
}
