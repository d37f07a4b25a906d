import type { ServerResponse } from 'node:http'
import { keyOf } from '../resource.ts'
import { type Change, type ObjectStore, Refusal, type StoredObject } from './object-store.ts'
import type { RecordedRequest, Target } from './request.ts'
import { isSelected } from './verbs.ts'

interface OpenWatch {
  outgoing: ServerResponse
  collection: string
  stalled: boolean
  /** Keys that the watcher believes in: an object that leaves the selection is a DELETED to it. */
  known: Set<string>
}

/** The open watches of the fake server. */
export class Watches {
  readonly #store: ObjectStore
  readonly #streamingLists: boolean
  readonly #open = new Set<OpenWatch>()

  constructor(store: ObjectStore, streamingLists: boolean) {
    this.#store = store
    this.#streamingLists = streamingLists
  }

  get count(): number {
    return this.#open.size
  }

  open(request: RecordedRequest, target: Target, outgoing: ServerResponse): void {
    const streamingList = request.query.sendInitialEvents === 'true'
    if (streamingList && !this.#streamingLists)
      throw new Refusal(422, 'Invalid', 'sendInitialEvents: Forbidden: sendInitialEvents is forbidden for watch')
    const from = Number(request.query.resourceVersion ?? 0)
    const resumes = !streamingList && from > 0
    const { collection } = target
    const missed = resumes ? this.#store.since(collection, from) : []
    const watch: OpenWatch = { outgoing, collection, stalled: false, known: new Set() }
    const tell = (change: Pick<Change, 'type' | 'object'>) => {
      const key = keyOf(change.object)
      const selected = change.type !== 'DELETED' && isSelected(request, target, change.object)
      if (
        !selected &&
        !(watch.known.has(key) || (change.type === 'DELETED' && isSelected(request, target, change.object)))
      )
        return
      const type = selected ? (watch.known.has(key) ? 'MODIFIED' : 'ADDED') : 'DELETED'
      if (selected) watch.known.add(key)
      else watch.known.delete(key)
      send(watch, type, change.object)
    }
    outgoing.writeHead(200, { 'content-type': 'application/json' })
    outgoing.flushHeaders()
    this.#open.add(watch)
    const unlisten = this.#store.listen((change) => {
      if (change.collection === collection) tell(change)
    })
    outgoing.once('close', () => {
      unlisten()
      this.#open.delete(watch)
    })
    if (resumes) {
      // What the watcher may know already: telling it of one delete too many is harmless, one too few is not.
      const added = new Set(missed.filter((change) => change.type === 'ADDED').map((change) => keyOf(change.object)))
      const selected = this.#store.list(collection).filter((object) => isSelected(request, target, object))
      for (const object of [...selected, ...missed.map((change) => change.object)])
        if (!added.has(keyOf(object))) watch.known.add(keyOf(object))
      for (const change of missed) tell(change)
      return
    }
    for (const object of this.#store.list(collection)) tell({ type: 'ADDED', object })
    if (streamingList) this.#bookmark(watch, { 'k8s.io/initial-events-end': 'true' })
  }

  drop(): void {
    for (const { outgoing } of this.#open) outgoing.destroy()
  }

  end(): void {
    for (const { outgoing } of this.#open) outgoing.end()
  }

  expire(): void {
    const status = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' }
    for (const { outgoing } of this.#open) outgoing.end(`${JSON.stringify({ type: 'ERROR', object: status })}\n`)
  }

  stall(): void {
    for (const watch of this.#open) watch.stalled = true
  }

  sendBookmarks(): void {
    for (const watch of this.#open) this.#bookmark(watch)
  }

  #bookmark(watch: OpenWatch, annotations?: Record<string, string>): void {
    const metadata = { resourceVersion: String(this.#store.version), annotations }
    send(watch, 'BOOKMARK', { metadata } as unknown as StoredObject)
  }
}

function send(watch: OpenWatch, type: string, object: StoredObject): void {
  if (!watch.stalled) watch.outgoing.write(`${JSON.stringify({ type, object })}\n`)
}
