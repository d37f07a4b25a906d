import { forbidden, invalid, required } from '../api/field-error.ts'
import { sameJson } from '../api/json.ts'
import type { KubeObject } from '../api/object.ts'
import { matchesLabels } from '../api/selectors.ts'
import type { StatusCause } from '../api/status-error.ts'
import type { Claim, Condition, LabelSelector, PodTemplate } from '../kinds.ts'
import { podSpecCauses, podSpecDefaults } from './pod.ts'
import type { Rules } from './rules.ts'
import { claimSpecCauses } from './storage.ts'

interface WorkloadSpec {
  replicas?: number
  selector?: LabelSelector
  template: PodTemplate
  minReadySeconds?: number
  revisionHistoryLimit?: number
}
interface WorkloadStatus {
  observedGeneration?: number
  replicas: number
  readyReplicas?: number
  availableReplicas?: number
  updatedReplicas?: number
  conditions?: (Condition & { lastUpdateTime?: string })[]
}
export interface ReplicaSet extends KubeObject {
  spec: WorkloadSpec
  status?: WorkloadStatus & { fullyLabeledReplicas?: number }
}
export interface Deployment extends KubeObject {
  spec: WorkloadSpec & {
    paused?: boolean
    progressDeadlineSeconds?: number
    strategy?: { type?: string; rollingUpdate?: { maxUnavailable?: number | string; maxSurge?: number | string } }
  }
  status?: WorkloadStatus & { unavailableReplicas?: number }
}
export interface ClaimTemplate extends Omit<Claim, 'metadata'> {
  metadata: { name: string; labels?: Record<string, string>; annotations?: Record<string, string> }
}
export interface StatefulSet extends KubeObject {
  spec: WorkloadSpec & {
    serviceName?: string
    podManagementPolicy?: 'OrderedReady' | 'Parallel'
    volumeClaimTemplates?: ClaimTemplate[]
    updateStrategy?: { type?: string; rollingUpdate?: { partition?: number } }
    persistentVolumeClaimRetentionPolicy?: { whenDeleted?: string; whenScaled?: string }
    ordinals?: { start?: number }
  }
  status?: WorkloadStatus & { currentReplicas?: number; currentRevision?: string; updateRevision?: string }
}

function commonCauses(
  spec: WorkloadSpec | undefined,
  old: WorkloadSpec | undefined,
  claims: readonly string[] = [],
): StatusCause[] {
  if (!spec) return [required('spec')]
  const causes: StatusCause[] = []
  const selects = spec.selector?.matchLabels || spec.selector?.matchExpressions?.length
  if (!selects) causes.push(required('spec.selector'))
  else if (!matchesLabels(spec.selector, spec.template?.metadata?.labels))
    causes.push(
      invalid(
        'spec.template.metadata.labels',
        spec.template?.metadata?.labels ?? null,
        '`selector` does not match template `labels`',
      ),
    )
  if ((spec.replicas ?? 0) < 0)
    causes.push(invalid('spec.replicas', spec.replicas, 'must be greater than or equal to 0'))
  causes.push(...podSpecCauses(spec.template?.spec, 'spec.template.spec', claims))
  const restart = spec.template?.spec?.restartPolicy
  if (restart && restart !== 'Always')
    causes.push(invalid('spec.template.spec.restartPolicy', restart, 'must be Always'))
  if (old && !sameJson(spec.selector, old.selector))
    causes.push(invalid('spec.selector', spec.selector ?? null, 'field is immutable'))
  return causes
}

function commonDefaults(spec: WorkloadSpec): void {
  spec.replicas ??= 1
  if (spec.template?.spec) podSpecDefaults(spec.template.spec)
}

export const replicaSetRules: Rules<ReplicaSet> = {
  hasGeneration: true,
  defaults: ({ spec }) => commonDefaults(spec),
  prepareCreate(set) {
    set.status = { replicas: 0 }
  },
  validate: ({ spec }, old) => commonCauses(spec, old?.spec),
}

export const deploymentRules: Rules<Deployment> = {
  hasGeneration: true,
  defaults({ spec }) {
    commonDefaults(spec)
    spec.revisionHistoryLimit ??= 10
    spec.progressDeadlineSeconds ??= 600
    spec.strategy ??= {}
    spec.strategy.type ??= 'RollingUpdate'
    if (spec.strategy.type === 'RollingUpdate') {
      spec.strategy.rollingUpdate ??= {}
      spec.strategy.rollingUpdate.maxUnavailable ??= '25%'
      spec.strategy.rollingUpdate.maxSurge ??= '25%'
    }
  },
  prepareCreate(deployment) {
    Object.assign(deployment, { status: {} })
  },
  validate: ({ spec }, old) => commonCauses(spec, old?.spec),
}

const MUTABLE = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
]

export const statefulSetRules: Rules<StatefulSet> = {
  hasGeneration: true,
  defaults({ spec }) {
    commonDefaults(spec)
    spec.podManagementPolicy ??= 'OrderedReady'
    spec.revisionHistoryLimit ??= 10
    spec.updateStrategy ??= {}
    spec.updateStrategy.type ??= 'RollingUpdate'
    if (spec.updateStrategy.type === 'RollingUpdate') {
      spec.updateStrategy.rollingUpdate ??= {}
      spec.updateStrategy.rollingUpdate.partition ??= 0
    }
    spec.persistentVolumeClaimRetentionPolicy ??= {}
    spec.persistentVolumeClaimRetentionPolicy.whenDeleted ??= 'Retain'
    spec.persistentVolumeClaimRetentionPolicy.whenScaled ??= 'Retain'
    for (const template of spec.volumeClaimTemplates ?? []) {
      Object.assign(template, { apiVersion: 'v1', kind: 'PersistentVolumeClaim' })
      template.spec.volumeMode ??= 'Filesystem'
      template.status ??= { phase: 'Pending' }
    }
  },
  prepareCreate(set) {
    set.status = { replicas: 0, availableReplicas: 0 }
  },
  validate(set, old) {
    const causes = commonCauses(
      set.spec,
      old?.spec,
      set.spec?.volumeClaimTemplates?.map(({ metadata }) => metadata.name),
    )
    for (const [at, template] of (set.spec?.volumeClaimTemplates ?? []).entries())
      causes.push(...claimSpecCauses(template.spec, `spec.volumeClaimTemplates[${at}].spec`))
    const fixed = (of: StatefulSet) =>
      Object.fromEntries(Object.entries(of.spec).filter(([key]) => !MUTABLE.includes(key)))
    if (old && !sameJson(fixed(set), fixed(old))) {
      const names =
        "'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds'"
      causes.push(forbidden('spec', `updates to statefulset spec for fields other than ${names} are forbidden`))
    }
    return causes
  },
}
