import type { KubeObject } from '../api/object.ts'
import type { Claim, CsiDriver, CsiNode, CsiStorageCapacity, StorageClass, Volume } from '../kinds.ts'
import { AGE, type Column, column, NAME } from './column.ts'

const short: Record<string, string> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
}
const modes = (of: readonly string[] | undefined): string => (of ?? []).map((mode) => short[mode] ?? mode).join(',')

interface Attachment extends KubeObject {
  spec: { attacher: string; nodeName: string; source: { persistentVolumeName?: string } }
  status?: { attached?: boolean }
}

export const storageColumns: Record<string, readonly Column[]> = {
  persistentvolumeclaims: [
    NAME,
    column<Claim>('Status', ({ metadata, status }) =>
      metadata.deletionTimestamp ? 'Terminating' : (status?.phase ?? ''),
    ),
    column<Claim>('Volume', ({ spec }) => spec.volumeName ?? ''),
    column<Claim>('Capacity', ({ spec, status }) => (spec.volumeName ? (status?.capacity?.storage ?? '0') : '')),
    column<Claim>('Access Modes', ({ spec, status }) => (spec.volumeName ? modes(status?.accessModes) : '')),
    column<Claim>('StorageClass', ({ spec }) => spec.storageClassName ?? ''),
    column<Claim>('VolumeAttributesClass', ({ spec }) => spec.volumeAttributesClassName ?? '<unset>'),
    AGE,
    column<Claim>('VolumeMode', ({ spec }) => spec.volumeMode ?? '<unset>', { wide: true }),
  ],
  persistentvolumes: [
    NAME,
    column<Volume>('Capacity', ({ spec }) => spec.capacity.storage ?? ''),
    column<Volume>('Access Modes', ({ spec }) => modes(spec.accessModes)),
    column<Volume>('Reclaim Policy', ({ spec }) => spec.persistentVolumeReclaimPolicy ?? ''),
    column<Volume>('Status', ({ metadata, status }) =>
      metadata.deletionTimestamp ? 'Terminating' : (status?.phase ?? ''),
    ),
    column<Volume>('Claim', ({ spec }) => (spec.claimRef ? `${spec.claimRef.namespace}/${spec.claimRef.name}` : '')),
    column<Volume>('StorageClass', ({ spec }) => spec.storageClassName ?? ''),
    column<Volume>('VolumeAttributesClass', () => '<unset>'),
    column<Volume>('Reason', ({ status }) => status?.reason ?? ''),
    AGE,
    column<Volume>('VolumeMode', ({ spec }) => spec.volumeMode ?? '<unset>', { wide: true }),
  ],
  'storageclasses.storage.k8s.io': [
    column<StorageClass>(
      'Name',
      ({ metadata }) =>
        metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true'
          ? `${metadata.name} (default)`
          : metadata.name,
      { format: 'name' },
    ),
    column<StorageClass>('Provisioner', ({ provisioner }) => provisioner),
    column<StorageClass>('ReclaimPolicy', ({ reclaimPolicy }) => reclaimPolicy ?? 'Delete'),
    column<StorageClass>('VolumeBindingMode', ({ volumeBindingMode }) => volumeBindingMode ?? 'Immediate'),
    column<StorageClass>('AllowVolumeExpansion', ({ allowVolumeExpansion }) => String(allowVolumeExpansion ?? false)),
    AGE,
  ],
  'csidrivers.storage.k8s.io': [
    NAME,
    column<CsiDriver>('AttachRequired', ({ spec }) => spec.attachRequired ?? true, { type: 'boolean' }),
    column<CsiDriver>('PodInfoOnMount', ({ spec }) => spec.podInfoOnMount ?? false, { type: 'boolean' }),
    column<CsiDriver>('StorageCapacity', ({ spec }) => spec.storageCapacity ?? false, { type: 'boolean' }),
    column<CsiDriver>(
      'TokenRequests',
      ({ spec }) => spec.tokenRequests?.map(({ audience }) => audience).join(',') || '<unset>',
    ),
    column<CsiDriver>('RequiresRepublish', ({ spec }) => spec.requiresRepublish ?? false, { type: 'boolean' }),
    column<CsiDriver>('Modes', ({ spec }) => (spec.volumeLifecycleModes ?? []).join(',')),
    AGE,
  ],
  'csinodes.storage.k8s.io': [
    NAME,
    column<CsiNode>('Drivers', ({ spec }) => spec.drivers.length, { type: 'integer' }),
    AGE,
  ],
  'csistoragecapacities.storage.k8s.io': [
    NAME,
    column<CsiStorageCapacity>('StorageClassName', ({ storageClassName }) => storageClassName),
    column<CsiStorageCapacity>('Capacity', ({ capacity }) => capacity ?? '<unset>'),
  ],
  'volumeattachments.storage.k8s.io': [
    NAME,
    column<Attachment>('Attacher', ({ spec }) => spec.attacher, { format: 'name' }),
    column<Attachment>('PV', ({ spec }) => spec.source.persistentVolumeName ?? ''),
    column<Attachment>('Node', ({ spec }) => spec.nodeName),
    column<Attachment>('Attached', ({ status }) => status?.attached ?? false, { type: 'boolean' }),
    AGE,
  ],
}
