import type { KubeObject, ResourceType } from './resource.ts'
import type { SelfSubjectAccessReview, SelfSubjectReview, SubjectAccessReview, TokenReview } from './types/access.ts'
import type { Lease } from './types/coordination.ts'
import type { ConfigMap, CoreEvent, Event, Namespace, Node, Pod, Secret } from './types/core.ts'
import type {
  CSINode,
  CSIStorageCapacity,
  PersistentVolume,
  PersistentVolumeClaim,
  StorageClass,
  VolumeAttributesClass,
} from './types/storage.ts'

/** Kubernetes' own kinds. Ours are described in shared; other custom resources by whoever uses them. */
function describe<T extends KubeObject>(
  groupVersion: string,
  plural: string,
  kind: string,
  namespaced: boolean,
): ResourceType<T> {
  const [version = '', group = ''] = groupVersion.split('/').reverse()
  return { group, version, plural, kind, namespaced }
}

export const pods = describe<Pod>('v1', 'pods', 'Pod', true)
export const nodes = describe<Node>('v1', 'nodes', 'Node', false)
export const namespaces = describe<Namespace>('v1', 'namespaces', 'Namespace', false)
export const configMaps = describe<ConfigMap>('v1', 'configmaps', 'ConfigMap', true)
export const secrets = describe<Secret>('v1', 'secrets', 'Secret', true)
export const coreEvents = describe<CoreEvent>('v1', 'events', 'Event', true)
export const events = describe<Event>('events.k8s.io/v1', 'events', 'Event', true)
export const persistentVolumeClaims = describe<PersistentVolumeClaim>(
  'v1',
  'persistentvolumeclaims',
  'PersistentVolumeClaim',
  true,
)
export const persistentVolumes = describe<PersistentVolume>('v1', 'persistentvolumes', 'PersistentVolume', false)
export const storageClasses = describe<StorageClass>('storage.k8s.io/v1', 'storageclasses', 'StorageClass', false)
export const volumeAttributesClasses = describe<VolumeAttributesClass>(
  'storage.k8s.io/v1',
  'volumeattributesclasses',
  'VolumeAttributesClass',
  false,
)
export const csiNodes = describe<CSINode>('storage.k8s.io/v1', 'csinodes', 'CSINode', false)
export const csiStorageCapacities = describe<CSIStorageCapacity>(
  'storage.k8s.io/v1',
  'csistoragecapacities',
  'CSIStorageCapacity',
  true,
)
export const leases = describe<Lease>('coordination.k8s.io/v1', 'leases', 'Lease', true)
export const tokenReviews = describe<TokenReview>('authentication.k8s.io/v1', 'tokenreviews', 'TokenReview', false)
export const selfSubjectReviews = describe<SelfSubjectReview>(
  'authentication.k8s.io/v1',
  'selfsubjectreviews',
  'SelfSubjectReview',
  false,
)
export const subjectAccessReviews = describe<SubjectAccessReview>(
  'authorization.k8s.io/v1',
  'subjectaccessreviews',
  'SubjectAccessReview',
  false,
)
export const selfSubjectAccessReviews = describe<SelfSubjectAccessReview>(
  'authorization.k8s.io/v1',
  'selfsubjectaccessreviews',
  'SelfSubjectAccessReview',
  false,
)
