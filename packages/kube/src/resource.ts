import type { ObjectMeta } from '@open-local/shared'

/** What every stored object has. */
export interface KubeObject {
  apiVersion?: string
  kind?: string
  metadata: ObjectMeta
}

/**
 * How a kind is addressed over the API, carrying its TypeScript type. A plain descriptor (those in shared) is given
 * its type by annotation: `const volumes: ResourceType<NodeLocalVolume> = nodeLocalVolumes`.
 */
export interface ResourceType<T extends KubeObject = KubeObject> {
  /** Empty for core/v1. */
  readonly group: string
  readonly version: string
  readonly plural: string
  readonly kind: string
  readonly namespaced: boolean
  /** Never set: holds T for inference. */
  readonly objectType?: T
}

/** An object as it is sent for creation: apiVersion and kind are filled in, the server may choose the name. */
export type NewObject<T extends KubeObject> = Omit<T, 'apiVersion' | 'kind' | 'metadata'> & {
  apiVersion?: string
  kind?: string
  metadata?: Partial<ObjectMeta> & { generateName?: string }
}

export interface KubeList<T> {
  metadata: { resourceVersion?: string; continue?: string; remainingItemCount?: number }
  items: T[]
}

export function apiVersionOf(type: ResourceType): string {
  return type.group === '' ? type.version : `${type.group}/${type.version}`
}

/**
 * `/api/v1/namespaces/<ns>/<plural>/<name>/<subresource>`, each part escaped. A namespaced kind without a namespace
 * addresses all namespaces, which only a list or watch may do.
 */
export function pathOf(
  type: ResourceType,
  target: { namespace?: string; name?: string; subresource?: string } = {},
): string {
  const parts = type.group === '' ? ['api', type.version] : ['apis', type.group, type.version]
  if (type.namespaced && target.namespace) parts.push('namespaces', target.namespace)
  parts.push(type.plural)
  if (target.name !== undefined) parts.push(target.name)
  if (target.subresource) parts.push(target.subresource)
  return `/${parts.map(encodeURIComponent).join('/')}`
}

/** The key of an object in stores and queues: `name`, or `namespace/name`. */
export function keyOf(object: { metadata: { name: string; namespace?: string } }): string {
  const { name, namespace } = object.metadata
  return namespace ? `${namespace}/${name}` : name
}

/** The opposite of keyOf. */
export function splitKey(key: string): { namespace?: string; name: string } {
  const slash = key.indexOf('/')
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) }
}
