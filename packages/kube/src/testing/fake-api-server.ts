import type { ConnectionOptions } from '../connection.ts'
import type { KubeObject, NewObject, ResourceType } from '../resource.ts'

export interface FakeApiServerOptions {
  /** Whether streaming lists are served; refused like an old server when false. */
  streamingLists?: boolean
}

export interface RecordedRequest {
  method: string
  /** Without the query. */
  path: string
  query: Record<string, string>
  headers: Record<string, string>
  body: unknown
}

export interface FakeApiServer {
  readonly connection: ConnectionOptions
  /** Every request, oldest first. */
  readonly requests: RecordedRequest[]
  readonly watchCount: number
  /** Stores an object as it is, status included; told to watches like any write. Replaces one of the same name. */
  seed<T extends KubeObject>(type: ResourceType<T>, object: NewObject<T>): T
  get<T extends KubeObject>(type: ResourceType<T>, name: string, namespace?: string): T | undefined
  list<T extends KubeObject>(type: ResourceType<T>): T[]
  /** Deletes past all finalizers. */
  remove(type: ResourceType, name: string, namespace?: string): void
  /** Cuts the connection of every watch. */
  dropWatches(): void
  /** Forgets the history: every watch gets a 410, and so does each one that resumes from before. */
  expireWatches(): void
  /** Half-open: the watches that run now stay open and are told nothing any more. */
  stallWatches(): void
  /** Tells every watch the current version. */
  sendBookmarks(): void
  /** Refuses the next `times` requests, those that `match` accepts only. `status` 0 cuts the connection. */
  failNext(times: number, status: number, match?: (request: RecordedRequest) => boolean): void
  /** Answers creates of a review kind: what `answer` returns is sent, nothing is stored. */
  onCreate<T extends KubeObject>(type: ResourceType<T>, answer: (object: T) => T): void
  close(): Promise<void>
}

export async function startFakeApiServer(_options: FakeApiServerOptions = {}): Promise<FakeApiServer> {
  throw new Error('not yet')
}
