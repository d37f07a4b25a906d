import type { ObjectMeta } from '@open-local/shared'

/** Kubernetes' own kinds, cut down to the fields that we read or write. Source: core/v1 API reference. */

export interface ObjectReference {
  apiVersion?: string
  kind?: string
  namespace?: string
  name?: string
  uid?: string
  resourceVersion?: string
}

interface KubeCondition {
  type: string
  status: 'True' | 'False' | 'Unknown'
  reason?: string
  message?: string
  lastTransitionTime?: string
}

export interface Taint {
  key: string
  value?: string
  effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute'
}

export interface Toleration {
  key?: string
  operator?: 'Exists' | 'Equal'
  value?: string
  effect?: string
}

export interface Node {
  apiVersion?: 'v1'
  kind?: 'Node'
  metadata: ObjectMeta
  spec?: { unschedulable?: boolean; taints?: Taint[]; podCIDR?: string; providerID?: string }
  status?: {
    conditions?: KubeCondition[]
    addresses?: { type: string; address: string }[]
    capacity?: Record<string, string>
    allocatable?: Record<string, string>
    nodeInfo?: {
      architecture?: string
      operatingSystem?: string
      kernelVersion?: string
      osImage?: string
      kubeletVersion?: string
      containerRuntimeVersion?: string
    }
  }
}

export interface PodVolume {
  name: string
  persistentVolumeClaim?: { claimName: string; readOnly?: boolean }
  /** A generic ephemeral volume; its PVC is named `<pod>-<volume>`. */
  ephemeral?: {
    volumeClaimTemplate?: {
      metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> }
      spec: import('./storage.ts').PersistentVolumeClaimSpec
    }
  }
  csi?: { driver: string; readOnly?: boolean; fsType?: string; volumeAttributes?: Record<string, string> }
}

export interface Pod {
  apiVersion?: 'v1'
  kind?: 'Pod'
  metadata: ObjectMeta
  spec?: {
    nodeName?: string
    schedulerName?: string
    serviceAccountName?: string
    nodeSelector?: Record<string, string>
    tolerations?: Toleration[]
    volumes?: PodVolume[]
    containers?: {
      name: string
      image?: string
      volumeMounts?: { name: string; mountPath: string }[]
      volumeDevices?: { name: string; devicePath: string }[]
    }[]
  }
  status?: {
    phase?: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown'
    reason?: string
    message?: string
    conditions?: KubeCondition[]
    podIP?: string
    hostIP?: string
    startTime?: string
  }
}

export interface Namespace {
  apiVersion?: 'v1'
  kind?: 'Namespace'
  metadata: ObjectMeta
  status?: { phase?: 'Active' | 'Terminating' }
}

export interface ConfigMap {
  apiVersion?: 'v1'
  kind?: 'ConfigMap'
  metadata: ObjectMeta
  data?: Record<string, string>
  /** Base64. */
  binaryData?: Record<string, string>
}

export interface Secret {
  apiVersion?: 'v1'
  kind?: 'Secret'
  metadata: ObjectMeta
  type?: string
  /** Base64. */
  data?: Record<string, string>
  /** Plain text, write-only. */
  stringData?: Record<string, string>
}

export type EventType = 'Normal' | 'Warning'

/** An Event of core/v1. `reportingComponent` is its spelling of `reportingController`. */
export interface CoreEvent {
  apiVersion?: 'v1'
  kind?: 'Event'
  metadata: ObjectMeta
  involvedObject: ObjectReference
  type?: EventType
  reason?: string
  message?: string
  action?: string
  count?: number
  firstTimestamp?: string | null
  lastTimestamp?: string | null
  eventTime?: string | null
  reportingComponent?: string
  reportingInstance?: string
  source?: { component?: string; host?: string }
}

/** The same thing as served by events.k8s.io/v1. */
export interface Event {
  apiVersion?: 'events.k8s.io/v1'
  kind?: 'Event'
  metadata: ObjectMeta
  regarding?: ObjectReference
  type?: EventType
  reason?: string
  note?: string
  action?: string
  eventTime?: string | null
  series?: { count: number; lastObservedTime: string }
  reportingController?: string
  reportingInstance?: string
  deprecatedCount?: number
  deprecatedFirstTimestamp?: string | null
  deprecatedLastTimestamp?: string | null
}
