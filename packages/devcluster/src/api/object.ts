export interface OwnerReference {
  apiVersion: string
  kind: string
  name: string
  uid: string
  controller?: boolean
  blockOwnerDeletion?: boolean
}

export interface ObjectMeta {
  name: string
  namespace?: string
  generateName?: string
  uid: string
  resourceVersion: string
  generation?: number
  /** RFC 3339, whole seconds. */
  creationTimestamp: string
  deletionTimestamp?: string
  deletionGracePeriodSeconds?: number
  labels?: Record<string, string>
  annotations?: Record<string, string>
  finalizers?: string[]
  ownerReferences?: OwnerReference[]
}

/** An object as the API shows it. Those that come out of the API are frozen: change a copy (`structuredClone`). */
export interface KubeObject {
  apiVersion: string
  kind: string
  metadata: ObjectMeta
}

/** What a client may send: the API fills the rest of the metadata. */
export type Draft<T extends KubeObject = KubeObject> = Omit<T, 'metadata'> & {
  metadata: Partial<ObjectMeta>
}

/** `ns/name`, or `name` for an object without a namespace. */
export function keyOf(object: { metadata: { name?: string; namespace?: string } }): string {
  const { namespace, name } = object.metadata
  return namespace === undefined ? `${name}` : `${namespace}/${name}`
}
