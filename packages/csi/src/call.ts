import type { handleUnaryCall, MethodDefinition } from '@grpc/grpc-js'
import { type ErrorCode, OpenLocalError } from '@open-local/shared'
import type { Logger } from './logger.ts'
import { loggable } from './request-log.ts'
import type { Handler } from './service.ts'
import { statusByCode, toFailure } from './status.ts'

/** For metrics. `method` is gRPC's full name, `/csi.v1.Node/NodeStageVolume`, as the CSI sidecars label theirs. */
export type CallOutcome = { method: string; code: 'OK' | ErrorCode; durationMs: number }

export type CallEnvironment = {
  logger: Logger
  onCall?: ((outcome: CallOutcome) => void) | undefined
  /** One entry for each call under way; aborting it asks the handler to give up. */
  running: Set<AbortController>
}

/**
 * A handler as grpc-js wants it. Exactly one answer for each call: the handler's reply, encoded, or the status of
 * what it threw. The reply is encoded here, so that one that can't be is an error of the call like any other.
 */
export function unaryCall(
  definition: MethodDefinition<unknown, unknown>,
  handler: Handler<never, unknown>,
  environment: CallEnvironment,
): handleUnaryCall<unknown, Buffer> {
  return async (call, callback) => {
    const startedAt = performance.now()
    const controller = new AbortController()
    call.on('cancelled', () => controller.abort(new OpenLocalError('CANCELLED', 'The caller gave up on the call')))
    environment.running.add(controller)
    let code: CallOutcome['code'] = 'OK'
    try {
      const reply = await handler(call.request as never, { signal: controller.signal })
      callback(null, definition.responseSerialize(reply))
    } catch (thrown) {
      const error = isAbort(thrown) && controller.signal.aborted ? controller.signal.reason : thrown
      const failure = toFailure(error, definition.path)
      code = failure.code
      callback({ code: statusByCode[code], details: failure.message })
      logFailure(environment.logger, definition.path, code, call.request, error)
    } finally {
      environment.running.delete(controller)
    }
    const outcome = { method: definition.path, code, durationMs: performance.now() - startedAt }
    if (code === 'OK') environment.logger.debug({ ...outcome, request: loggable(call.request) }, 'CSI call answered')
    report(environment, outcome)
  }
}

/** What fetch, timers, streams and child processes throw when their signal aborts; the signal's reason says more. */
function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError'
}

function logFailure(logger: Logger, method: string, code: ErrorCode, request: unknown, err: unknown): void {
  const fields = { method, code, request: loggable(request), err }
  if (err instanceof OpenLocalError) logger.warn(fields, `CSI call refused: ${err.message}`)
  else logger.error(fields, 'CSI call failed unexpectedly')
}

/** The caller has its answer by now: a fault in the metrics must not become a fault of the driver. */
function report({ onCall, logger }: CallEnvironment, outcome: CallOutcome): void {
  try {
    onCall?.(outcome)
  } catch (err) {
    logger.error({ err, method: outcome.method }, 'The observer of CSI calls failed')
  }
}
