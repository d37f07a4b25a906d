import { resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type MethodDefinition, Server, ServerCredentials, type UntypedServiceImplementation } from '@grpc/grpc-js'
import { OpenLocalError } from '@open-local/shared'
import { type CallEnvironment, type CallOutcome, unaryCall } from './call.ts'
import type { Logger } from './logger.ts'
import type { Handler, Service } from './service.ts'
import { claimSocket, type SocketFile } from './socket-file.ts'

export type ServeOptions = {
  path: string
  services: readonly Service[]
  logger: Logger
  onCall?: (outcome: CallOutcome) => void
  /** Permissions of the socket; only its owner may connect when nothing is said. */
  mode?: number
}

export type SocketServer = {
  readonly path: string
  /**
   * Takes the socket away, lets calls under way finish, aborts those still running after `deadlineMs` (10 s), and
   * cuts off what doesn't heed that within a second. Resolves when the server is gone; a repeat joins the first.
   */
  stop(options?: { deadlineMs?: number }): Promise<void>
}

const abortGraceMs = 1_000

/**
 * Serves gRPC on a unix socket until stopped; resolves when it can be called.
 * FAILED_PRECONDITION when the path is taken; a stale socket is replaced (see `claimSocket`).
 */
export async function serveOnSocket(options: ServeOptions): Promise<SocketServer> {
  const path = resolve(options.path)
  const environment: CallEnvironment = { logger: options.logger, onCall: options.onCall, running: new Set() }
  const server = new Server()
  for (const service of options.services) addService(server, service, environment)
  const socketFile = await claimSocket(path, options.mode ?? 0o600, (temporary) => bind(server, temporary)).catch(
    (error: unknown) => {
      server.forceShutdown()
      throw error
    },
  )
  let stopping: Promise<void> | undefined
  return {
    path,
    stop({ deadlineMs = 10_000 } = {}) {
      stopping ??= shutDown(server, socketFile, environment.running, deadlineMs)
      return stopping
    },
  }
}

function addService(server: Server, { definition, handlers }: Service, environment: CallEnvironment): void {
  const implementation: UntypedServiceImplementation = {}
  const encoded: Record<string, MethodDefinition<unknown, unknown>> = {}
  for (const [name, method] of Object.entries(definition)) {
    // `unaryCall` has encoded the reply already.
    encoded[name] = { ...method, responseSerialize: (bytes: unknown) => bytes as Buffer }
    if (method.requestStream || method.responseStream) continue
    implementation[name] = unaryCall(method, handlers[name] ?? unimplemented(method.path), environment)
  }
  server.addService(encoded, implementation)
}

function unimplemented(method: string): Handler<never, unknown> {
  return async () => {
    throw new OpenLocalError('UNIMPLEMENTED', `This driver does not offer ${method}`)
  }
}

function bind(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.bindAsync(`unix:${path}`, ServerCredentials.createInsecure(), (error) => (error ? reject(error) : resolve()))
  })
}

async function shutDown(
  server: Server,
  socketFile: SocketFile,
  running: ReadonlySet<AbortController>,
  deadlineMs: number,
): Promise<void> {
  await socketFile.release()
  const done = new AbortController()
  const drained = new Promise<void>((resolve) => server.tryShutdown(() => resolve())).then(() => done.abort())
  await Promise.race([drained, wait(deadlineMs, done.signal)])
  if (!done.signal.aborted) {
    for (const call of running) call.abort(new OpenLocalError('UNAVAILABLE', 'The driver is stopping; call again'))
    await Promise.race([drained, wait(abortGraceMs, done.signal)])
  }
  server.forceShutdown()
}

/** Never rejects; an abort ends it early, so that no timer outlives the server. */
async function wait(durationMs: number, signal: AbortSignal): Promise<void> {
  await delay(durationMs, undefined, { signal }).catch(() => {})
}
