import type { ObjectMeta } from '@open-local/shared'

export interface Lease {
  apiVersion?: 'coordination.k8s.io/v1'
  kind?: 'Lease'
  metadata: ObjectMeta
  spec?: {
    holderIdentity?: string | null
    leaseDurationSeconds?: number | null
    /** MicroTime: exactly six fraction digits. */
    acquireTime?: string | null
    renewTime?: string | null
    leaseTransitions?: number | null
  }
}
