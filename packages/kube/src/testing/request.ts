import type { ResourceType } from '../resource.ts'
import { Refusal } from './object-store.ts'

export interface RecordedRequest {
  method: string
  /** Without the query. */
  path: string
  query: Record<string, string>
  headers: Record<string, string>
  body: unknown
}

/** What a path addresses. */
export interface Target {
  /** `<group>/<version>/<plural>` */
  collection: string
  namespace: string | undefined
  name: string | undefined
  subresource: string | undefined
}

export function collectionOf(type: ResourceType): string {
  return `${type.group}/${type.version}/${type.plural}`
}

/** Namespaces are themselves objects: `/api/v1/namespaces/<name>` has no collection inside. */
export function targetOf(request: RecordedRequest): Target {
  const parts = request.path.split('/').slice(1).map(decodeURIComponent)
  const group = parts.shift() === 'api' ? '' : parts.shift()
  const version = parts.shift()
  const inside = parts[0] === 'namespaces' && parts.length >= 3 && parts[2] !== 'status'
  const namespace = inside ? parts.splice(0, 2)[1] : undefined
  const [plural, name, subresource] = parts
  if (!version || !plural) throw new Refusal(404, 'NotFound', `the fake server has nothing at ${request.path}`)
  return { collection: `${group}/${version}/${plural}`, namespace, name, subresource }
}
