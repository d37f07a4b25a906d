import type { MethodDefinition, ServiceDefinition } from '@grpc/grpc-js'

export type CallContext = {
  /** Aborts when the caller gives up, its deadline passes, or the server is forced to stop. */
  readonly signal: AbortSignal
}

export type Handler<Request, Reply> = (request: Request, context: CallContext) => Promise<Reply>

/** The names of a service's calls that take one message and answer one. */
export type UnaryName<Definition> = {
  [Name in keyof Definition]: Definition[Name] extends { requestStream: false; responseStream: false } ? Name : never
}[keyof Definition]

/** One function for each call of a service; a call without one answers UNIMPLEMENTED. Streaming calls always do. */
export type Handlers<Definition> = {
  readonly [Name in UnaryName<Definition>]?: Definition[Name] extends MethodDefinition<infer Request, infer Reply>
    ? Handler<Request, Reply>
    : never
}

export type Service = {
  readonly definition: ServiceDefinition
  readonly handlers: Readonly<Record<string, Handler<never, unknown> | undefined>>
}

/** Joins a generated service definition to its handlers, which are checked against it and typed by it. */
export function service<Definition extends ServiceDefinition>(
  definition: Definition,
  handlers: Handlers<Definition>,
): Service {
  return { definition, handlers: handlers as Service['handlers'] }
}
