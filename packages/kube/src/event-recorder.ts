import { hostname } from 'node:os'
import { messageOf } from '@open-local/shared'
import type { KubeClient } from './client.ts'
import { isNotFound } from './error.ts'
import { type Log, silentLog } from './log.ts'
import type { NewObject } from './resource.ts'
import { coreEvents } from './resources.ts'
import { kubeMicroTime, kubeTime } from './time.ts'
import type { CoreEvent, EventType, ObjectReference } from './types/core.ts'

export interface EventRecorderOptions {
  /** Who reports: `open-local-node-agent`. */
  component: string
  /** Which one of them: pod or node name; the host's name when absent. */
  instance?: string
  /** Events waiting to be written; more are dropped. 256 when absent. */
  maxQueued?: number
  now?: () => Date
  log?: Log
}

/** What an event is about; an object as read by this client fits. */
export interface Regarding {
  apiVersion?: string
  kind?: string
  metadata: { name: string; namespace?: string; uid?: string; resourceVersion?: string }
}

/** Namespace of events about cluster-scoped objects; the API server insists. */
const CLUSTER_EVENTS_NAMESPACE = 'default'
/** A limit of the API server's validation, in bytes. */
const MAX_MESSAGE_BYTES = 1024
/** Earlier events that a repeat may be counted on. */
const MAX_REMEMBERED = 1024

interface Pending {
  key: string
  regarding: ObjectReference
  type: EventType
  reason: string
  action: string
  message: string
  count: number
  at: Date
}

/**
 * Writes Events that `kubectl describe` shows. Returns at once, never throws and never blocks its caller: an event
 * that can't be written is logged and lost. The same thing said again counts up the earlier event.
 */
export class EventRecorder {
  readonly #client: KubeClient
  readonly #options: EventRecorderOptions
  readonly #log: Log
  readonly #pending = new Map<string, Pending>()
  /** Key → the event on the server and its count, oldest first. */
  readonly #written = new Map<string, { name: string; count: number }>()
  #sequence = 0
  #dropped = 0
  #writing: Promise<void> | undefined

  constructor(client: KubeClient, options: EventRecorderOptions) {
    this.#client = client
    this.#options = options
    this.#log = options.log ?? silentLog
  }

  /** Events lost because too many waited. */
  get dropped(): number {
    return this.#dropped
  }

  /** `reason` is one CamelCase word, `message` a sentence; `action` is what was being done, `reason` when absent. */
  event(regarding: Regarding, type: EventType, reason: string, message: string, action: string = reason): void {
    const text = shortened(message)
    const { name, namespace, uid, resourceVersion } = regarding.metadata
    const reference = { apiVersion: regarding.apiVersion, kind: regarding.kind, namespace, name, uid, resourceVersion }
    const key = JSON.stringify([regarding.kind, namespace, name, uid, type, reason, text])
    const at = this.#options.now?.() ?? new Date()
    const waiting = this.#pending.get(key)
    if (waiting) {
      waiting.count += 1
      waiting.at = at
      return
    }
    if (this.#pending.size >= (this.#options.maxQueued ?? 256)) {
      this.#dropped += 1
      return
    }
    this.#pending.set(key, { key, regarding: reference, type, reason, action, message: text, count: 1, at })
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined
    })
  }

  /** Resolves when everything said so far has been written or lost. */
  async flush(): Promise<void> {
    while (this.#writing) await this.#writing
  }

  async #writeAll(): Promise<void> {
    // Lets a burst of the same event gather before the first one is sent.
    await new Promise((resolve) => setImmediate(resolve))
    for (const [key, pending] of this.#pending) {
      this.#pending.delete(key)
      try {
        await this.#write(pending)
      } catch (error) {
        this.#log.warn({ err: error, event: pending }, `event not written: ${messageOf(error)}`)
      }
    }
  }

  async #write(pending: Pending): Promise<void> {
    const earlier = this.#written.get(pending.key)
    const namespace = pending.regarding.namespace ?? CLUSTER_EVENTS_NAMESPACE
    if (earlier) {
      const count = earlier.count + pending.count
      try {
        const lastTimestamp = kubeTime(pending.at)
        await this.#client.patch(coreEvents, earlier.name, { count, lastTimestamp }, { namespace })
        this.#remember(pending.key, { name: earlier.name, count })
        return
      } catch (error) {
        // The server forgets events after an hour: then this is a new one.
        if (!isNotFound(error)) throw error
        this.#written.delete(pending.key)
      }
    }
    const created = await this.#client.create(coreEvents, this.#newEvent(pending, namespace))
    this.#remember(pending.key, { name: created.metadata.name, count: pending.count })
  }

  #newEvent(pending: Pending, namespace: string): NewObject<CoreEvent> {
    const { component, instance = hostname() } = this.#options
    const { regarding, type, reason, action, message, count, at } = pending
    this.#sequence += 1
    // Unlike generateName this is the same on a second try, and sorts by time as kubectl's own do.
    const unique = `${at.getTime().toString(16)}${process.pid.toString(16)}${this.#sequence.toString(16)}`
    const about = regarding.name!.slice(0, 200).replace(/[-.]+$/, '')
    return {
      metadata: { name: `${about}.${unique}`, namespace },
      involvedObject: regarding,
      type,
      reason,
      action,
      message,
      count,
      firstTimestamp: kubeTime(at),
      lastTimestamp: kubeTime(at),
      eventTime: kubeMicroTime(at),
      reportingComponent: component,
      reportingInstance: instance,
      source: { component, host: instance },
    }
  }

  #remember(key: string, entry: { name: string; count: number }): void {
    this.#written.delete(key)
    this.#written.set(key, entry)
    if (this.#written.size > MAX_REMEMBERED) this.#written.delete(this.#written.keys().next().value!)
  }
}

function shortened(message: string): string {
  const bytes = Buffer.from(message)
  if (bytes.length <= MAX_MESSAGE_BYTES) return message
  // As a stream the decoder leaves out a character that was cut in two. The ellipsis takes three bytes.
  return `${new TextDecoder().decode(bytes.subarray(0, MAX_MESSAGE_BYTES - 3), { stream: true })}…`
}
