import type { ObjectMeta } from '@open-local/shared'

/** Kinds that answer "who is this" and "may they"; created, answered in `status`, never stored. */

export interface UserInfo {
  username?: string
  uid?: string
  groups?: string[]
  extra?: Record<string, string[]>
}

export interface TokenReview {
  apiVersion?: 'authentication.k8s.io/v1'
  kind?: 'TokenReview'
  metadata: ObjectMeta
  spec: { token: string; audiences?: string[] }
  status?: { authenticated?: boolean; user?: UserInfo; audiences?: string[]; error?: string }
}

export interface ResourceAttributes {
  verb: string
  group?: string
  version?: string
  resource?: string
  subresource?: string
  namespace?: string
  name?: string
}

export interface AccessReviewStatus {
  allowed: boolean
  denied?: boolean
  reason?: string
  evaluationError?: string
}

interface AccessTarget {
  resourceAttributes?: ResourceAttributes
  nonResourceAttributes?: { path: string; verb: string }
}

export interface SubjectAccessReview {
  apiVersion?: 'authorization.k8s.io/v1'
  kind?: 'SubjectAccessReview'
  metadata: ObjectMeta
  spec: AccessTarget & { user?: string; groups?: string[]; uid?: string; extra?: Record<string, string[]> }
  status?: AccessReviewStatus
}

export interface SelfSubjectAccessReview {
  apiVersion?: 'authorization.k8s.io/v1'
  kind?: 'SelfSubjectAccessReview'
  metadata: ObjectMeta
  spec: AccessTarget
  status?: AccessReviewStatus
}

/** Who the caller is, as the API server sees it. */
export interface SelfSubjectReview {
  apiVersion?: 'authentication.k8s.io/v1'
  kind?: 'SelfSubjectReview'
  metadata: ObjectMeta
  status?: { userInfo?: UserInfo }
}
