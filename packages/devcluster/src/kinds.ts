import type { KubeObject } from './api/object.ts'

/** The kinds that stand-ins work with, as far as they look at them. */

export interface Condition {
  type: string
  status: 'True' | 'False' | 'Unknown'
  reason?: string
  message?: string
  lastTransitionTime?: string | null
  lastProbeTime?: string | null
  observedGeneration?: number
}

export interface NodeSelectorRequirement {
  key: string
  operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'Gt' | 'Lt'
  values?: string[]
}
export interface NodeSelectorTerm {
  matchExpressions?: NodeSelectorRequirement[]
  matchFields?: NodeSelectorRequirement[]
}
export interface NodeSelector {
  nodeSelectorTerms: NodeSelectorTerm[]
}
export interface LabelSelector {
  matchLabels?: Record<string, string>
  matchExpressions?: { key: string; operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'; values?: string[] }[]
}
export interface Toleration {
  key?: string
  operator?: 'Equal' | 'Exists'
  value?: string
  effect?: string
}

export interface PodAffinityTerm {
  topologyKey: string
  labelSelector?: LabelSelector
  namespaces?: string[]
  namespaceSelector?: LabelSelector
  [other: string]: unknown
}
export interface Container {
  name: string
  /** Of an init container: `Always` makes it run beside the others. */
  restartPolicy?: string
  image?: string
  command?: string[]
  args?: string[]
  ports?: { name?: string; containerPort: number; hostPort?: number; hostIP?: string; protocol?: string }[]
  resources?: { requests?: Record<string, string>; limits?: Record<string, string> }
  volumeMounts?: { name: string; mountPath: string; readOnly?: boolean }[]
  volumeDevices?: { name: string; devicePath: string }[]
}
export interface CsiInlineSource {
  driver: string
  readOnly?: boolean
  fsType?: string
  volumeAttributes?: Record<string, string>
}
export interface PodVolume {
  name: string
  persistentVolumeClaim?: { claimName: string; readOnly?: boolean }
  ephemeral?: {
    volumeClaimTemplate: {
      metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> }
      spec: ClaimSpec
    }
  }
  csi?: CsiInlineSource
  [source: string]: unknown
}
export interface PodSpec {
  nodeName?: string
  schedulerName?: string
  nodeSelector?: Record<string, string>
  affinity?: {
    nodeAffinity?: {
      requiredDuringSchedulingIgnoredDuringExecution?: NodeSelector
      preferredDuringSchedulingIgnoredDuringExecution?: { weight: number; preference: NodeSelectorTerm }[]
    }
    podAffinity?: { requiredDuringSchedulingIgnoredDuringExecution?: PodAffinityTerm[]; [other: string]: unknown }
    podAntiAffinity?: { requiredDuringSchedulingIgnoredDuringExecution?: PodAffinityTerm[]; [other: string]: unknown }
  }
  topologySpreadConstraints?: { whenUnsatisfiable?: string; [other: string]: unknown }[]
  schedulingGates?: { name: string }[]
  priority?: number
  preemptionPolicy?: 'Never' | 'PreemptLowerPriority'
  overhead?: Record<string, string>
  resources?: { requests?: Record<string, string>; limits?: Record<string, string> }
  tolerations?: Toleration[]
  containers: Container[]
  initContainers?: Container[]
  volumes?: PodVolume[]
  restartPolicy?: 'Always' | 'OnFailure' | 'Never'
  terminationGracePeriodSeconds?: number
  serviceAccountName?: string
  hostNetwork?: boolean
  securityContext?: { fsGroup?: number; [other: string]: unknown }
  hostname?: string
  subdomain?: string
}
export interface ContainerStatus {
  name: string
  image: string
  imageID: string
  containerID?: string
  ready: boolean
  started?: boolean
  restartCount: number
  state: {
    waiting?: { reason: string; message?: string }
    running?: { startedAt: string }
    terminated?: { exitCode: number; reason?: string; startedAt?: string; finishedAt?: string }
  }
}
export interface Pod extends KubeObject {
  spec: PodSpec
  status?: {
    phase?: 'Pending' | 'Running' | 'Succeeded' | 'Failed'
    nominatedNodeName?: string
    conditions?: Condition[]
    containerStatuses?: ContainerStatus[]
    hostIP?: string
    hostIPs?: { ip: string }[]
    podIP?: string
    podIPs?: { ip: string }[]
    startTime?: string
    qosClass?: string
    reason?: string
    message?: string
  }
}

export interface Taint {
  key: string
  value?: string
  effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute'
}
export interface Node extends KubeObject {
  spec?: { unschedulable?: boolean; taints?: Taint[]; podCIDR?: string }
  status?: {
    allocatable?: Record<string, string>
    capacity?: Record<string, string>
    conditions?: Condition[]
    addresses?: { type: string; address: string }[]
    nodeInfo?: Record<string, string>
    volumesInUse?: string[]
  }
}

export interface ClaimSpec {
  accessModes?: string[]
  volumeMode?: 'Filesystem' | 'Block'
  storageClassName?: string
  volumeName?: string
  resources?: { requests?: Record<string, string>; limits?: Record<string, string> }
  selector?: LabelSelector
  dataSource?: { apiGroup?: string; kind: string; name: string }
  dataSourceRef?: { apiGroup?: string; kind: string; name: string; namespace?: string }
  volumeAttributesClassName?: string
}
export interface Claim extends KubeObject {
  spec: ClaimSpec
  status?: {
    phase?: 'Pending' | 'Bound' | 'Lost'
    accessModes?: string[]
    capacity?: Record<string, string>
    conditions?: Condition[]
  }
}

export interface CsiVolumeSource {
  driver: string
  volumeHandle: string
  fsType?: string
  readOnly?: boolean
  volumeAttributes?: Record<string, string>
  nodeStageSecretRef?: { name: string; namespace: string }
  nodePublishSecretRef?: { name: string; namespace: string }
}
export interface ObjectReference {
  apiVersion?: string
  kind?: string
  namespace?: string
  name?: string
  uid?: string
  resourceVersion?: string
}
export interface Volume extends KubeObject {
  spec: {
    capacity: Record<string, string>
    accessModes: string[]
    volumeMode?: 'Filesystem' | 'Block'
    persistentVolumeReclaimPolicy?: 'Retain' | 'Delete' | 'Recycle'
    storageClassName?: string
    mountOptions?: string[]
    claimRef?: ObjectReference
    csi?: CsiVolumeSource
    nodeAffinity?: { required?: NodeSelector }
  }
  status?: { phase?: 'Pending' | 'Available' | 'Bound' | 'Released' | 'Failed'; message?: string; reason?: string }
}

export interface StorageClass extends KubeObject {
  provisioner: string
  parameters?: Record<string, string>
  reclaimPolicy?: 'Retain' | 'Delete'
  mountOptions?: string[]
  allowVolumeExpansion?: boolean
  volumeBindingMode?: 'Immediate' | 'WaitForFirstConsumer'
  allowedTopologies?: { matchLabelExpressions: { key: string; values: string[] }[] }[]
}

export interface CsiDriver extends KubeObject {
  spec: {
    attachRequired?: boolean
    podInfoOnMount?: boolean
    fsGroupPolicy?: 'ReadWriteOnceWithFSType' | 'File' | 'None'
    storageCapacity?: boolean
    volumeLifecycleModes?: ('Persistent' | 'Ephemeral')[]
    tokenRequests?: { audience: string; expirationSeconds?: number }[]
    requiresRepublish?: boolean
  }
}
export interface CsiNode extends KubeObject {
  spec: { drivers: { name: string; nodeID: string; topologyKeys: string[] | null; allocatable?: { count?: number } }[] }
}
export interface CsiStorageCapacity extends KubeObject {
  nodeTopology?: LabelSelector
  storageClassName: string
  capacity?: string
  maximumVolumeSize?: string
}

export interface PodTemplate {
  metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> }
  spec: PodSpec
}
