import type { NewEvent } from './api.ts'
import type { Json } from './json.ts'
import type { KubeApi } from './kube-api.ts'
import type { KubeObject, ObjectMeta } from './object.ts'

/** An event as core/v1 stores it. */
export interface CoreEvent extends KubeObject {
  involvedObject: Json
  reason?: string
  message?: string
  type?: string
  count?: number
  firstTimestamp?: string | null
  lastTimestamp?: string | null
  eventTime?: string | null
  source?: { component?: string; host?: string }
  action?: string
  related?: Json
  series?: Json
  reportingComponent?: string
  reportingInstance?: string
}

const SAME_MS = 10 * 60_000

/** As client-go's recorder does: the same words about the same object count up for ten minutes. */
export class EventRecorder {
  readonly #recent = new Map<string, { name: string; at: number }>()

  record(api: KubeApi, about: KubeObject, event: NewEvent, now: Date): void {
    const { name, namespace = 'default', uid, resourceVersion } = about.metadata
    const { type, reason, message, component, host } = event
    const time = `${now.toISOString().slice(0, 19)}Z`
    const words = JSON.stringify([uid, type, reason, message, component])
    const last = this.#recent.get(words)
    const same = last && last.at > now.getTime() - SAME_MS && api.get<CoreEvent>('events', namespace, last.name)
    this.#forgetOld(now.getTime())
    try {
      if (same) {
        const count = (same.count ?? 1) + 1
        api.patch('events', namespace, same.metadata.name, { count, lastTimestamp: time })
        this.#recent.set(words, { name: same.metadata.name, at: now.getTime() })
        return
      }
      const stamp = (BigInt(now.getTime()) * 1_000_000n + (process.hrtime.bigint() % 1_000_000n)).toString(16)
      const made = api.create<CoreEvent>('events', {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name: `${name.slice(0, 230)}.${stamp}`, namespace },
        involvedObject: {
          apiVersion: about.apiVersion,
          kind: about.kind,
          name,
          namespace: about.metadata.namespace,
          uid,
          resourceVersion,
        },
        reason,
        message,
        type,
        count: 1,
        firstTimestamp: time,
        lastTimestamp: time,
        eventTime: null,
        source: { component, host },
        reportingComponent: component,
        reportingInstance: host ?? '',
      })
      this.#recent.set(words, { name: made.metadata.name, at: now.getTime() })
    } catch {
      // The namespace is going away: nobody will read it.
    }
  }

  #forgetOld(now: number): void {
    for (const [words, { at }] of this.#recent) {
      if (at > now - SAME_MS) return
      this.#recent.delete(words)
    }
  }
}

/** The same event as events.k8s.io/v1 shows it. */
export function toEventsV1(stored: KubeObject): KubeObject {
  const { involvedObject, message, source, count, firstTimestamp, lastTimestamp, ...rest } = stored as CoreEvent
  return {
    ...rest,
    apiVersion: 'events.k8s.io/v1',
    regarding: involvedObject,
    note: message,
    reportingController: stored.kind && (stored as CoreEvent).reportingComponent,
    reportingComponent: undefined,
    deprecatedSource: source,
    deprecatedCount: count,
    deprecatedFirstTimestamp: firstTimestamp,
    deprecatedLastTimestamp: lastTimestamp,
  } as KubeObject
}

/** And back. */
export function fromEventsV1(shown: Json): Json {
  const { regarding, note, reportingController, deprecatedSource, deprecatedCount, ...rest } = shown
  const { deprecatedFirstTimestamp, deprecatedLastTimestamp, ...event } = rest
  return {
    ...event,
    apiVersion: 'v1',
    involvedObject: regarding ?? { namespace: (shown.metadata as ObjectMeta | undefined)?.namespace },
    message: note,
    reportingComponent: reportingController,
    source: deprecatedSource ?? {},
    count: deprecatedCount,
    firstTimestamp: deprecatedFirstTimestamp ?? null,
    lastTimestamp: deprecatedLastTimestamp ?? null,
  }
}
