import type { KubeApi } from '../api/kube-api.ts'
import type { KubeObject } from '../api/object.ts'
import { resourceKey } from '../api/resources.ts'
import { StatusError } from '../api/status-error.ts'
import type { Entry } from '../api/store.ts'
import type { Call } from './call.ts'
import { parseRevision, tooLarge } from './list.ts'
import type { ResourceRequest } from './request-info.ts'
import { selectionOf } from './selection.ts'
import { Shaper, type Storage } from './shape.ts'

const BOOKMARK_MS = 60_000
const LONGEST_S = 3_600
/** A client that does not read is cut off; it comes back and lists. */
const MOST_UNREAD_BYTES = 64 * 1024 * 1024

/** Open watches, so that they can be ended when the server stops, or dropped by a fault. */
export class Watches {
  readonly #open = new Set<() => void>()

  get size(): number {
    return this.#open.size
  }

  dropAll(): void {
    for (const end of [...this.#open]) end()
  }

  /** Answers with the changes of a resource as they come, until the client goes or the time it asked for is over. */
  start(api: KubeApi, call: Call, request: ResourceRequest, storage: Storage): void {
    const { query, response } = call
    const select = selectionOf(api, call, request, storage)
    const resource = resourceKey(storage.stored)
    const shaper = new Shaper(call, api, storage)
    const since = parseRevision(query.get('resourceVersion') ?? '')
    const withInitial = query.get('sendInitialEvents') === 'true'
    const bookmarks = query.get('allowWatchBookmarks') === 'true'
    if (withInitial && query.get('resourceVersionMatch') !== 'NotOlderThan')
      throw new StatusError(
        422,
        'Invalid',
        'resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
      )
    if (since !== undefined && since > api.store.revision) throw tooLarge(since, api.store.revision)

    const write = (type: string, object: object): void => {
      if (response.writableLength > MOST_UNREAD_BYTES) end()
      else if (!response.writableEnded)
        response.write(`{"type":"${type}","object":${shaper.isPlain ? textOf(object) : JSON.stringify(object)}}\n`)
    }
    const fromStart = withInitial || since === undefined || since === 0
    let seen = api.store.revision
    const onEntry = (entry: Entry): void => {
      seen = entry.revision
      const is = entry.type !== 'DELETED' && select(entry.object)
      const was = entry.previous !== undefined && select(entry.previous)
      if (is) write(was ? 'MODIFIED' : 'ADDED', shaper.one(entry.object))
      else if (was) write('DELETED', shaper.one(lastOf(entry)))
    }
    const buffered: Entry[] = []
    let onChange = (entry: Entry): void => void buffered.push(entry)
    let unsubscribe: () => void
    call.head(200)
    try {
      unsubscribe = api.store.subscribe(resource, fromStart ? undefined : since, (entry) => onChange(entry))
    } catch (error) {
      // As the real one does it: an event in the stream, not an answer.
      if (!(error instanceof StatusError)) throw error
      response.end(`${JSON.stringify({ type: 'ERROR', object: error.toStatus() })}\n`)
      return
    }
    if (fromStart) {
      for (const object of api.store.list(resource)) if (select(object)) write('ADDED', shaper.one(object))
      if (withInitial) write('BOOKMARK', shaper.bookmark(api.store.revision, true))
    }
    onChange = onEntry
    for (const entry of buffered) onEntry(entry)

    const seconds = Math.min(Number(query.get('timeoutSeconds') ?? 0) || LONGEST_S, LONGEST_S)
    const over = setTimeout(() => end(), seconds * 1000)
    const bookmark = setInterval(() => {
      seen = Math.max(seen, api.store.revision)
      write('BOOKMARK', shaper.bookmark(seen, false))
    }, BOOKMARK_MS)
    if (!bookmarks) clearInterval(bookmark)
    const end = (): void => {
      if (!this.#open.delete(end)) return
      clearTimeout(over)
      clearInterval(bookmark)
      unsubscribe()
      response.end()
    }
    this.#open.add(end)
    response.on('close', end)
  }
}

/** What left the selection: as it was when it was last part of it, with the revision of the change. */
function lastOf({ type, object, previous }: Entry): KubeObject {
  if (type === 'DELETED' || !previous) return object
  return { ...previous, metadata: { ...previous.metadata, resourceVersion: object.metadata.resourceVersion } }
}

const texts = new WeakMap<object, string>()

/** The JSON of a frozen object, made once for all who watch it. */
function textOf(object: object): string {
  let text = texts.get(object)
  if (text === undefined) {
    text = JSON.stringify(object)
    texts.set(object, text)
  }
  return text
}
