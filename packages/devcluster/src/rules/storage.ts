import { forbidden, invalid, notSupported, required } from '../api/field-error.ts'
import { sameJson } from '../api/json.ts'
import { subdomainCauses } from '../api/names.ts'
import type { KubeObject } from '../api/object.ts'
import { type StatusCause, StatusError } from '../api/status-error.ts'
import type { Claim, ClaimSpec, CsiDriver, CsiStorageCapacity, StorageClass, Volume } from '../kinds.ts'
import { unitsOf } from '../quantity.ts'
import { quantityCauses } from './quantities.ts'
import type { Rules } from './rules.ts'

export const CLASSES = 'storageclasses.storage.k8s.io'
export const CLAIM_PROTECTION = 'kubernetes.io/pvc-protection'
export const VOLUME_PROTECTION = 'kubernetes.io/pv-protection'
const DEFAULT_CLASS = 'storageclass.kubernetes.io/is-default-class'
const MODES = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod']

/** The newest of the classes that call themselves the default. */
export function defaultClass(list: (resource: string) => KubeObject[]): StorageClass | undefined {
  return (list(CLASSES) as StorageClass[])
    .filter((c) => c.metadata.annotations?.[DEFAULT_CLASS] === 'true')
    .sort((a, b) => (a.metadata.creationTimestamp < b.metadata.creationTimestamp ? 1 : -1))[0]
}

function accessModeCauses(modes: string[] | undefined, field: string): StatusCause[] {
  if (!modes?.length) return [required(field, 'at least 1 access mode is required')]
  const causes = modes.filter((m) => !MODES.includes(m)).map((m) => notSupported(field, m, MODES))
  if (modes.includes('ReadWriteOncePod') && modes.length > 1)
    causes.push(forbidden(field, 'may not use ReadWriteOncePod with other access modes'))
  return causes
}

export function claimSpecCauses(spec: ClaimSpec | undefined, at: string): StatusCause[] {
  if (!spec) return [required(at)]
  const causes = accessModeCauses(spec.accessModes, `${at}.accessModes`)
  const storage = spec.resources?.requests?.storage
  if (storage === undefined) causes.push(required(`${at}.resources[storage]`))
  else causes.push(...quantityCauses(storage, `${at}.resources[storage]`, true))
  if (spec.storageClassName) causes.push(...subdomainCauses(spec.storageClassName, `${at}.storageClassName`))
  const modes = ['Block', 'Filesystem']
  if (spec.volumeMode && !modes.includes(spec.volumeMode))
    causes.push(notSupported(`${at}.volumeMode`, spec.volumeMode, modes))
  return causes
}

export const claimRules: Rules<Claim> = {
  defaults(claim) {
    claim.spec.volumeMode ??= 'Filesystem'
  },
  prepareCreate(claim) {
    claim.status = { phase: 'Pending' }
  },
  admit(claim, old, lookup) {
    if (!old) {
      claim.metadata.finalizers = [...new Set([...(claim.metadata.finalizers ?? []), CLAIM_PROTECTION])]
      const beta = claim.metadata.annotations?.['volume.beta.kubernetes.io/storage-class']
      if (claim.spec.storageClassName === undefined && beta === undefined) {
        const name = defaultClass(lookup.list)?.metadata.name
        if (name) claim.spec.storageClassName = name
      }
      return
    }
    const [asked, had] = [claim, old].map(({ spec }) => unitsOf(spec.resources?.requests?.storage))
    if (asked! <= had! || old.status?.phase !== 'Bound') return
    const storageClass = lookup.find<StorageClass>(CLASSES, undefined, claim.spec.storageClassName ?? '')
    if (storageClass?.allowVolumeExpansion) return
    const why =
      'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize'
    throw new StatusError(403, 'Forbidden', `persistentvolumeclaims "${claim.metadata.name}" is forbidden: ${why}`, {
      name: claim.metadata.name,
      kind: 'persistentvolumeclaims',
    })
  },
  validate(claim, old) {
    const causes = claimSpecCauses(claim.spec, 'spec')
    if (!old) return causes
    const fixed = ({
      resources: _,
      volumeName,
      storageClassName,
      volumeAttributesClassName: __,
      ...spec
    }: ClaimSpec) => ({
      ...spec,
      // A class may still be given to a claim that never had one.
      ...(old.spec.storageClassName === undefined && !old.spec.volumeName ? {} : { storageClassName }),
      ...(old.spec.volumeName ? { volumeName } : {}),
    })
    if (!sameJson(fixed(claim.spec), fixed(old.spec)))
      causes.push(
        forbidden(
          'spec',
          'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims',
        ),
      )
    const [asked, had] = [claim, old].map(({ spec }) => unitsOf(spec.resources?.requests?.storage))
    if (asked! !== had! && old.status?.phase !== 'Bound') {
      causes.push(
        forbidden(
          'spec',
          'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims',
        ),
      )
    } else if (asked! < had! && asked! < unitsOf(claim.status?.capacity?.storage)) {
      causes.push(forbidden('spec.resources.requests.storage', 'field can not be less than status.capacity'))
    }
    return causes
  },
}

const VOLUME_SOURCES = ['csi', 'hostPath', 'local', 'nfs', 'iscsi', 'fc']

export const volumeRules: Rules<Volume> = {
  defaults(volume) {
    volume.spec.persistentVolumeReclaimPolicy ??= 'Retain'
    volume.spec.volumeMode ??= 'Filesystem'
  },
  prepareCreate(volume) {
    volume.status = { phase: 'Pending' }
  },
  admit(volume, old) {
    if (old) return
    volume.metadata.finalizers = [...new Set([...(volume.metadata.finalizers ?? []), VOLUME_PROTECTION])]
  },
  validate(volume, old) {
    const { spec } = volume
    if (!spec) return [required('spec')]
    const causes = accessModeCauses(spec.accessModes, 'spec.accessModes')
    if (!spec.capacity?.storage) causes.push(required('spec.capacity', 'storage is required'))
    else causes.push(...quantityCauses(spec.capacity.storage, 'spec.capacity[storage]', true))
    const sources = VOLUME_SOURCES.filter((source) => source in spec)
    if (sources.length === 0) causes.push(required('spec', 'must specify a volume type'))
    if (spec.csi && !spec.csi.driver) causes.push(required('spec.csi.driver'))
    if (spec.csi && !spec.csi.volumeHandle) causes.push(required('spec.csi.volumeHandle'))
    if (old && !sameJson(sourceOf(volume), sourceOf(old)))
      causes.push(forbidden('spec.persistentvolumesource', 'spec.persistentvolumesource is immutable after creation'))
    if (old && old.spec.volumeMode !== spec.volumeMode)
      causes.push(invalid('spec.volumeMode', spec.volumeMode, 'field is immutable'))
    if (old?.spec.nodeAffinity && !sameJson(old.spec.nodeAffinity, spec.nodeAffinity))
      causes.push(
        invalid(
          'spec.nodeAffinity',
          spec.nodeAffinity ?? null,
          'field is immutable, except for updating from beta label to GA',
        ),
      )
    return causes
  },
}

function sourceOf({ spec }: Volume): unknown {
  return Object.fromEntries(Object.entries(spec).filter(([key]) => VOLUME_SOURCES.includes(key)))
}

export const classRules: Rules<StorageClass> = {
  defaults(storageClass) {
    storageClass.reclaimPolicy ??= 'Delete'
    storageClass.volumeBindingMode ??= 'Immediate'
  },
  validate(storageClass, old) {
    const causes: StatusCause[] = []
    if (!storageClass.provisioner) causes.push(required('provisioner'))
    const modes = ['Immediate', 'WaitForFirstConsumer']
    if (!modes.includes(storageClass.volumeBindingMode ?? ''))
      causes.push(notSupported('volumeBindingMode', storageClass.volumeBindingMode, modes))
    const policies = ['Delete', 'Retain']
    if (!policies.includes(storageClass.reclaimPolicy ?? ''))
      causes.push(notSupported('reclaimPolicy', storageClass.reclaimPolicy, policies))
    for (const field of old ? (['parameters', 'provisioner', 'reclaimPolicy'] as const) : []) {
      if (!sameJson(storageClass[field] ?? {}, old![field] ?? {}))
        causes.push(forbidden(field, `updates to ${field} are forbidden.`))
    }
    if (old && old.volumeBindingMode !== storageClass.volumeBindingMode)
      causes.push(invalid('volumeBindingMode', storageClass.volumeBindingMode, 'field is immutable'))
    return causes
  },
}

export const csiDriverRules: Rules<CsiDriver> = {
  defaults({ spec }) {
    const fill = spec as CsiDriver['spec'] & Record<string, unknown>
    fill.attachRequired ??= true
    fill.podInfoOnMount ??= false
    fill.storageCapacity ??= false
    fill.fsGroupPolicy ??= 'ReadWriteOnceWithFSType'
    fill.volumeLifecycleModes ??= ['Persistent']
    fill.requiresRepublish ??= false
    fill.seLinuxMount ??= false
  },
  validate(driver, old) {
    return old && old.spec.attachRequired !== driver.spec.attachRequired
      ? [invalid('spec.attachedRequired', driver.spec.attachRequired, 'field is immutable')]
      : []
  },
}

export const capacityRules: Rules<CsiStorageCapacity> = {
  validate(capacity, old) {
    const causes = subdomainCauses(capacity.storageClassName ?? '', 'storageClassName')
    for (const field of ['capacity', 'maximumVolumeSize'] as const) {
      if (capacity[field] !== undefined) causes.push(...quantityCauses(capacity[field], field, false))
    }
    for (const field of old ? (['nodeTopology', 'storageClassName'] as const) : []) {
      if (!sameJson(capacity[field], old![field])) causes.push(invalid(field, capacity[field], 'field is immutable'))
    }
    return causes
  },
}
