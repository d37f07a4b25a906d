import http from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ConnectionOptions } from '../connection.ts'
import { apiVersionOf, type KubeObject, type NewObject, type ResourceType } from '../resource.ts'
import { ObjectStore, Refusal, type StoredObject } from './object-store.ts'
import { collectionOf, type RecordedRequest, targetOf } from './request.ts'
import { Verbs } from './verbs.ts'
import { Watches } from './watches.ts'

export interface FakeApiServerOptions {
  /** Whether streaming lists are served; refused as by an older server when false. */
  streamingLists?: boolean
}

export interface FakeApiServer {
  readonly connection: ConnectionOptions
  /** Every request, oldest first. */
  readonly requests: readonly RecordedRequest[]
  /** Watches that are open now. */
  readonly watchCount: number
  /** Stores an object as it is, status included; told to watches like any write. Replaces one of the same name. */
  seed<T extends KubeObject>(type: ResourceType<T>, object: NoInfer<NewObject<T>>): T
  get<T extends KubeObject>(type: ResourceType<T>, name: string, namespace?: string): T | undefined
  list<T extends KubeObject>(type: ResourceType<T>): T[]
  /** Deletes past all finalizers. */
  remove(type: ResourceType, name: string, namespace?: string): void
  /** Cuts the connection of every watch. */
  dropWatches(): void
  /** Ends every watch cleanly, after all that was said, as a server does when its time is up. */
  endWatches(): void
  /** Forgets the history: every watch gets a 410, and so does each one that resumes from before. */
  expireWatches(): void
  /** Half-open: the watches that run now stay open and are told nothing any more. */
  stallWatches(): void
  /** Tells every watch the current version. */
  sendBookmarks(): void
  /** Refuses the next `times` requests that `match` accepts. `status` 0 cuts the connection without an answer. */
  failNext(times: number, status: number, match?: (request: RecordedRequest) => boolean): void
  /** Answers creates of a review kind: what `answer` returns is sent, nothing is stored. */
  onCreate<T extends KubeObject>(type: ResourceType<T>, answer: (object: T) => T): void
  close(): Promise<void>
}

/**
 * An API server in this process, on a loopback port, for unit tests. Keeps versions, generations, finalizers, the
 * status subresource and conflicts as the real one does; knows no schemas, admission, access rules or defaults.
 */
export async function startFakeApiServer(options: FakeApiServerOptions = {}): Promise<FakeApiServer> {
  const store = new ObjectStore()
  const watches = new Watches(store, options.streamingLists ?? true)
  const verbs = new Verbs(store)
  const requests: RecordedRequest[] = []
  const failures: { times: number; status: number; match: (request: RecordedRequest) => boolean }[] = []

  const server = http.createServer(async (incoming, outgoing) => {
    try {
      const request = await record(incoming)
      requests.push(request)
      const failure = failures.find((f) => f.times > 0 && f.match(request))
      if (failure) {
        failure.times -= 1
        if (failure.status === 0) return void incoming.socket.destroy()
        throw new Refusal(failure.status, 'Injected', `refused by the test with ${failure.status}`)
      }
      if (request.path === '/version')
        return answer(outgoing, 200, { major: '1', minor: '36', gitVersion: 'v1.36.0-fake' })
      const target = targetOf(request)
      if (request.query.watch === 'true') watches.open(request, target, outgoing)
      else {
        const { status, body } = verbs.handle(request, target)
        answer(outgoing, status, body)
      }
    } catch (error) {
      const refusal = error instanceof Refusal ? error : new Refusal(500, 'InternalError', String(error))
      answer(outgoing, refusal.httpStatus, statusOf(refusal))
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

  return {
    connection: { server: `http://127.0.0.1:${(server.address() as AddressInfo).port}` },
    requests,
    get watchCount() {
      return watches.count
    },
    seed<T extends KubeObject>(type: ResourceType<T>, object: NoInfer<NewObject<T>>) {
      const typed = { ...object, apiVersion: apiVersionOf(type), kind: type.kind } as unknown as StoredObject
      return structuredClone(store.put(collectionOf(type), typed)) as KubeObject as T
    },
    get<T extends KubeObject>(type: ResourceType<T>, name: string, namespace?: string) {
      return structuredClone(store.find(collectionOf(type), namespace, name)) as KubeObject as T | undefined
    },
    list<T extends KubeObject>(type: ResourceType<T>) {
      return structuredClone(store.list(collectionOf(type))) as KubeObject[] as T[]
    },
    remove(type, name, namespace) {
      const object = store.find(collectionOf(type), namespace, name)
      if (object) store.remove(collectionOf(type), object)
    },
    dropWatches: () => watches.drop(),
    endWatches: () => watches.end(),
    expireWatches() {
      store.forgetHistory()
      watches.expire()
    },
    stallWatches: () => watches.stall(),
    sendBookmarks: () => watches.sendBookmarks(),
    failNext(times, status, match = () => true) {
      failures.push({ times, status, match })
    },
    onCreate<T extends KubeObject>(type: ResourceType<T>, answerWith: (object: T) => T) {
      verbs.reviews.set(collectionOf(type), (object) => answerWith(object as KubeObject as T))
    },
    async close() {
      watches.drop()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function record(incoming: http.IncomingMessage): Promise<RecordedRequest> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk)
  const text = Buffer.concat(chunks).toString('utf8')
  const url = new URL(incoming.url!, 'http://fake')
  return {
    method: incoming.method!,
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: incoming.headers as Record<string, string>,
    body: text === '' ? undefined : JSON.parse(text),
  }
}

function answer(outgoing: http.ServerResponse, status: number, body: unknown): void {
  outgoing.writeHead(status, { 'content-type': 'application/json' })
  outgoing.end(JSON.stringify(body))
}

function statusOf({ httpStatus, reason, message }: Refusal) {
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: httpStatus, reason, message }
}
