import { StringDecoder } from 'node:string_decoder'
import type { WatchOptions } from './client.ts'
import { errorFromStatus, KubeError, type KubeStatus } from './error.ts'
import { type KubeObject, pathOf, type ResourceType } from './resource.ts'
import type { Transport } from './transport.ts'

export type WatchEvent<T> =
  | { type: 'ADDED' | 'MODIFIED' | 'DELETED'; object: T }
  /** Nothing but a newer resourceVersion to resume from; `initialEventsEnd` closes a streaming list. */
  | { type: 'BOOKMARK'; resourceVersion: string; initialEventsEnd: boolean }

interface WireEvent {
  type: string
  object: KubeObject & KubeStatus
}

const INITIAL_EVENTS_END = 'k8s.io/initial-events-end'

/**
 * `GET <path>?watch=true`: one JSON event a line. Ends when the server ends it cleanly; throws OUT_OF_RANGE on an
 * ERROR event with 410, UNAVAILABLE on a cut connection, DEADLINE_EXCEEDED after `inactivityTimeoutMs` of silence
 * (a half-open connection says nothing for ever), CANCELLED by `signal`.
 */
export async function* watchEvents<T extends KubeObject>(
  transport: Transport,
  type: ResourceType<T>,
  options: WatchOptions & { openTimeoutMs: number },
): AsyncGenerator<WatchEvent<T>> {
  const { namespace, labelSelector, fieldSelector, resourceVersion, sendInitialEvents, timeoutSeconds } = options
  const path = pathOf(type, { namespace })
  const what = `WATCH ${path}`
  const ended = new AbortController()
  const stop = () => ended.abort()
  if (options.signal?.aborted) stop()
  else options.signal?.addEventListener('abort', stop, { once: true })
  let silent = false
  let timer: NodeJS.Timeout | undefined
  const heard = () => {
    clearTimeout(timer)
    if (options.inactivityTimeoutMs === undefined) return
    timer = setTimeout(() => {
      silent = true
      ended.abort()
    }, options.inactivityTimeoutMs)
  }
  try {
    const response = await transport.stream({
      method: 'GET',
      path,
      query: {
        watch: true,
        allowWatchBookmarks: true,
        labelSelector,
        fieldSelector,
        resourceVersion,
        sendInitialEvents,
        resourceVersionMatch: sendInitialEvents ? 'NotOlderThan' : undefined,
        timeoutSeconds,
      },
      timeoutMs: options.openTimeoutMs,
      signal: ended.signal,
    })
    heard()
    const decoder = new StringDecoder('utf8')
    let rest = ''
    for await (const chunk of response as AsyncIterable<Buffer>) {
      heard()
      const lines = (rest + decoder.write(chunk)).split('\n')
      rest = lines.pop()!
      for (const line of lines) if (line.trim() !== '') yield decode<T>(what, line)
    }
  } catch (error) {
    if (silent) throw new KubeError('DEADLINE_EXCEEDED', `${what}: nothing heard for ${options.inactivityTimeoutMs} ms`)
    if (error instanceof KubeError) throw error
    if (options.signal?.aborted) throw new KubeError('CANCELLED', `${what}: cancelled`, { cause: error })
    throw new KubeError('UNAVAILABLE', `${what}: the connection was cut`, { cause: error })
  } finally {
    clearTimeout(timer)
    options.signal?.removeEventListener('abort', stop)
    ended.abort()
  }
}

function decode<T extends KubeObject>(what: string, line: string): WatchEvent<T> {
  const event = JSON.parse(line) as WireEvent
  switch (event.type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      return { type: event.type, object: event.object as KubeObject as T }
    case 'BOOKMARK': {
      const { resourceVersion = '', annotations } = event.object.metadata
      return { type: 'BOOKMARK', resourceVersion, initialEventsEnd: annotations?.[INITIAL_EVENTS_END] === 'true' }
    }
    case 'ERROR':
      throw errorFromStatus(what, event.object)
    default:
      throw new KubeError('INTERNAL', `${what}: unknown event type ${event.type}`)
  }
}
