/** The part of Kubernetes' ObjectMeta that we read and write. */
export interface ObjectMeta {
  name: string
  namespace?: string
  uid?: string
  resourceVersion?: string
  generation?: number
  creationTimestamp?: string
  deletionTimestamp?: string
  labels?: Record<string, string>
  annotations?: Record<string, string>
  finalizers?: string[]
  ownerReferences?: OwnerReference[]
}

export interface OwnerReference {
  apiVersion: string
  kind: string
  name: string
  uid: string
  controller?: boolean
  blockOwnerDeletion?: boolean
}

/** metav1.Condition */
export interface Condition {
  type: string
  status: 'True' | 'False' | 'Unknown'
  reason: string
  message: string
  lastTransitionTime: string
  observedGeneration?: number
}

/**
 * `conditions` with `next` in place of the one of its type. The transition time moves only when the status does, so a
 * repeated call with the same content returns an equal list.
 */
export function withCondition(conditions: readonly Condition[] | undefined, next: Condition): Condition[] {
  const old = conditions?.find((c) => c.type === next.type)
  const kept = old && old.status === next.status ? { ...next, lastTransitionTime: old.lastTransitionTime } : next
  return [...(conditions ?? []).filter((c) => c.type !== next.type), kept].sort((a, b) => (a.type < b.type ? -1 : 1))
}
