import { Client, credentials, type MethodDefinition, type ServiceDefinition, type ServiceError } from '@grpc/grpc-js'
import { ControllerService, GroupControllerService, IdentityService, NodeService } from '@open-local/proto/csi'
import type { UnaryName } from './service.ts'
import { fromStatus } from './status.ts'

export type CallOptions = {
  /** 10 s when nothing is said. */
  timeoutMs?: number
  signal?: AbortSignal
}

type Calls<Definition> = {
  readonly [Name in UnaryName<Definition>]: Definition[Name] extends MethodDefinition<infer Request, infer Reply>
    ? (request: Request, options?: CallOptions) => Promise<Reply>
    : never
}

type SocketClient<Definitions> = { readonly [Name in keyof Definitions]: Calls<Definitions[Name]> } & {
  close(): void
}

export type CsiClient = ReturnType<typeof csiClient>

/** The CSI services behind a socket, for health checks and tests; see `socketClient`. */
export function csiClient(path: string) {
  return socketClient(path, {
    identity: IdentityService,
    controller: ControllerService,
    groupController: GroupControllerService,
    node: NodeService,
  })
}

/**
 * Calls the services behind a unix socket. It connects with the first call and again when the connection was lost.
 * Each call rejects with an OpenLocalError that carries the server's code and sentence; UNAVAILABLE when nobody
 * listens. Close it, or its connection keeps the process alive.
 */
export function socketClient<Definitions extends Record<string, ServiceDefinition>>(
  path: string,
  definitions: Definitions,
): SocketClient<Definitions> {
  const client = new Client(`unix:${path}`, credentials.createInsecure(), {
    // A pool shared by all clients would outlive this one and its view of a server that came back.
    'grpc.use_local_subchannel_pool': 1,
    'grpc.initial_reconnect_backoff_ms': 100,
  })
  const services = Object.entries(definitions).map(([name, definition]) => [name, callsOf(client, definition)])
  return { ...Object.fromEntries(services), close: () => client.close() }
}

function callsOf(client: Client, definition: ServiceDefinition) {
  const unary = Object.entries(definition).filter(([, method]) => !method.requestStream && !method.responseStream)
  return Object.fromEntries(
    unary.map(([name, method]) => [
      name,
      (request: unknown, options?: CallOptions) => call(client, method, request, options),
    ]),
  )
}

function call(
  client: Client,
  method: MethodDefinition<unknown, unknown>,
  request: unknown,
  { timeoutMs = 10_000, signal }: CallOptions = {},
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const cancel = () => running.cancel()
    const finish = (error: ServiceError | null, reply?: unknown) => {
      signal?.removeEventListener('abort', cancel)
      if (error) reject(fromStatus(error.code, error.details, error))
      else resolve(reply)
    }
    const options = { deadline: Date.now() + timeoutMs }
    const { path, requestSerialize, responseDeserialize } = method
    const running = client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, options, finish)
    if (signal?.aborted) cancel()
    else signal?.addEventListener('abort', cancel, { once: true })
  })
}
