import type { ObjectMeta } from '@open-local/shared'
import type { ObjectReference } from './core.ts'

/** Storage kinds of core/v1 and storage.k8s.io/v1. Quantities are Kubernetes strings (`10Gi`). */

export type AccessMode = 'ReadWriteOnce' | 'ReadOnlyMany' | 'ReadWriteMany' | 'ReadWriteOncePod'
export type VolumeMode = 'Filesystem' | 'Block'

export interface LabelSelector {
  matchLabels?: Record<string, string>
  matchExpressions?: { key: string; operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'; values?: string[] }[]
}

export interface NodeSelectorTerm {
  matchExpressions?: {
    key: string
    operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'Gt' | 'Lt'
    values?: string[]
  }[]
  matchFields?: { key: string; operator: string; values?: string[] }[]
}

export interface PersistentVolumeClaimSpec {
  accessModes?: AccessMode[]
  resources?: { requests?: { storage?: string }; limits?: { storage?: string } }
  storageClassName?: string
  volumeAttributesClassName?: string
  volumeMode?: VolumeMode
  volumeName?: string
  selector?: LabelSelector
  dataSource?: { apiGroup?: string; kind: string; name: string }
  dataSourceRef?: { apiGroup?: string; kind: string; name: string; namespace?: string }
}

export interface PersistentVolumeClaim {
  apiVersion?: 'v1'
  kind?: 'PersistentVolumeClaim'
  metadata: ObjectMeta
  spec: PersistentVolumeClaimSpec
  status?: {
    phase?: 'Pending' | 'Bound' | 'Lost'
    accessModes?: AccessMode[]
    capacity?: { storage?: string }
    allocatedResources?: { storage?: string }
    currentVolumeAttributesClassName?: string
    conditions?: { type: string; status: string; reason?: string; message?: string; lastTransitionTime?: string }[]
  }
}

export interface PersistentVolume {
  apiVersion?: 'v1'
  kind?: 'PersistentVolume'
  metadata: ObjectMeta
  spec: {
    capacity?: { storage?: string }
    accessModes?: AccessMode[]
    volumeMode?: VolumeMode
    storageClassName?: string
    volumeAttributesClassName?: string
    persistentVolumeReclaimPolicy?: 'Retain' | 'Delete' | 'Recycle'
    claimRef?: ObjectReference
    mountOptions?: string[]
    nodeAffinity?: { required?: { nodeSelectorTerms: NodeSelectorTerm[] } }
    csi?: {
      driver: string
      volumeHandle: string
      fsType?: string
      readOnly?: boolean
      volumeAttributes?: Record<string, string>
    }
  }
  status?: { phase?: 'Pending' | 'Available' | 'Bound' | 'Released' | 'Failed'; reason?: string; message?: string }
}

export interface StorageClass {
  apiVersion?: 'storage.k8s.io/v1'
  kind?: 'StorageClass'
  metadata: ObjectMeta
  provisioner: string
  parameters?: Record<string, string>
  reclaimPolicy?: 'Retain' | 'Delete'
  volumeBindingMode?: 'Immediate' | 'WaitForFirstConsumer'
  allowVolumeExpansion?: boolean
  mountOptions?: string[]
  allowedTopologies?: { matchLabelExpressions?: { key: string; values: string[] }[] }[]
}

export interface VolumeAttributesClass {
  apiVersion?: 'storage.k8s.io/v1'
  kind?: 'VolumeAttributesClass'
  metadata: ObjectMeta
  driverName: string
  parameters?: Record<string, string>
}

export interface CSINode {
  apiVersion?: 'storage.k8s.io/v1'
  kind?: 'CSINode'
  metadata: ObjectMeta
  spec: { drivers: { name: string; nodeID: string; topologyKeys?: string[]; allocatable?: { count?: number } }[] }
}

export interface CSIStorageCapacity {
  apiVersion?: 'storage.k8s.io/v1'
  kind?: 'CSIStorageCapacity'
  metadata: ObjectMeta
  storageClassName: string
  nodeTopology?: LabelSelector
  capacity?: string
  maximumVolumeSize?: string
}
