import type { Draft, KubeObject, OwnerReference } from './object.ts'

/** `previous` is the object before the change; absent when it is new to this watcher. */
export interface Change<T extends KubeObject = KubeObject> {
  type: 'ADDED' | 'MODIFIED' | 'DELETED'
  object: T
  previous?: T
}

export interface ListFilter {
  namespace?: string
}

export interface DeleteOptions {
  uid?: string
  resourceVersion?: string
  gracePeriodSeconds?: number
  propagationPolicy?: 'Background' | 'Foreground' | 'Orphan'
}

export interface NewEvent {
  type: 'Normal' | 'Warning'
  reason: string
  message: string
  /** `source.component` and `reportingComponent`: `default-scheduler`, `persistentvolume-controller`, `kubelet`… */
  component: string
  /** For the kubelet's. */
  host?: string
}

/**
 * The API as the stand-ins of this process use it: synchronous, past HTTP and authentication, with the same
 * validation, admission and deletion rules. A resource is named `pods`, or with its group `storageclasses.storage.k8s.io`.
 * All of it throws StatusError.
 */
export interface Api {
  /** Undefined when it is not there. */
  get<T extends KubeObject>(resource: string, namespace: string | undefined, name: string): T | undefined
  list<T extends KubeObject>(resource: string, filter?: ListFilter): T[]
  /** 409 AlreadyExists. */
  create<T extends KubeObject>(resource: string, object: Draft<T>): T
  /**
   * Applies a JSON merge patch. 404 when it is gone; 409 when the patch names a `metadata.resourceVersion` or
   * `metadata.uid` that is not the object's. Nothing is written, and no watcher woken, when nothing would change.
   */
  patch<T extends KubeObject>(
    resource: string,
    namespace: string | undefined,
    name: string,
    patch: object,
    subresource?: 'status',
  ): T
  /** Sets the deletion timestamp, or takes the object away at once when no finalizer and no grace period keep it. */
  delete(resource: string, namespace: string | undefined, name: string, options?: DeleteOptions): void
  /**
   * Calls back for each object there is, as ADDED, before it returns, and after each change. The callback must not
   * throw and must not change objects itself: it puts a key into a queue. Returns the way to stop.
   */
  watch<T extends KubeObject>(resource: string, onChange: (change: Change<T>) => void): () => void
  /** Writes an event about an object, or counts up the same one of before. */
  event(about: KubeObject, event: NewEvent): void
}

/** The owner reference of a controller to what it makes. */
export function controllerReference(owner: KubeObject): OwnerReference {
  const { apiVersion, kind, metadata } = owner
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid, controller: true, blockOwnerDeletion: true }
}
