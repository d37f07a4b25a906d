import { duplicate, forbidden, invalid, notFound, notSupported, required } from '../api/field-error.ts'
import { sameJson } from '../api/json.ts'
import { labelCauses } from '../api/names.ts'
import type { KubeObject } from '../api/object.ts'
import { type StatusCause, StatusError } from '../api/status-error.ts'
import type { Container, Pod, PodSpec } from '../kinds.ts'
import { resourcesCauses } from './quantities.ts'
import type { Rules } from './rules.ts'

/** What Kubernetes fills into every pod spec, templates included. */
export function podSpecDefaults(spec: PodSpec): void {
  const fill = spec as PodSpec & Record<string, unknown>
  fill.restartPolicy ??= 'Always'
  fill.terminationGracePeriodSeconds ??= 30
  fill.dnsPolicy ??= 'ClusterFirst'
  fill.schedulerName ??= 'default-scheduler'
  fill.securityContext ??= {}
  for (const container of [...(spec.containers ?? []), ...(spec.initContainers ?? [])]) containerDefaults(container)
  for (const volume of spec.volumes ?? []) {
    for (const source of ['configMap', 'secret', 'projected', 'downwardAPI']) {
      const value = volume[source] as { defaultMode?: number } | undefined
      if (value) value.defaultMode ??= 420
    }
    if (volume.ephemeral) volume.ephemeral.volumeClaimTemplate.spec.volumeMode ??= 'Filesystem'
    if (Object.keys(volume).length === 1) volume.emptyDir = {}
  }
}

function containerDefaults(container: Container): void {
  const fill = container as Container & Record<string, unknown>
  fill.terminationMessagePath ??= '/dev/termination-log'
  fill.terminationMessagePolicy ??= 'File'
  fill.imagePullPolicy ??= /:(?!latest$)[^/]+$|@/.test(container.image ?? '') ? 'IfNotPresent' : 'Always'
  fill.resources ??= {}
  for (const port of container.ports ?? []) port.protocol ??= 'TCP'
}

/** `more` are volumes that will be there although the spec does not name them. */
export function podSpecCauses(spec: PodSpec | undefined, at: string, more: readonly string[] = []): StatusCause[] {
  if (!spec) return [required(at)]
  const causes: StatusCause[] = []
  const volumes = new Set<string>()
  for (const [index, volume] of (spec.volumes ?? []).entries()) {
    const field = `${at}.volumes[${index}]`
    if (!volume.name) causes.push(required(`${field}.name`))
    else causes.push(...labelCauses(volume.name, `${field}.name`))
    if (volumes.has(volume.name)) causes.push(duplicate(`${field}.name`, volume.name))
    volumes.add(volume.name)
    const sources = Object.keys(volume).filter((key) => key !== 'name')
    if (sources.length > 1) causes.push(forbidden(`${field}.${sources[1]}`, 'may not specify more than 1 volume type'))
    if (volume.persistentVolumeClaim && !volume.persistentVolumeClaim.claimName)
      causes.push(required(`${field}.persistentVolumeClaim.claimName`))
    if (volume.csi && !volume.csi.driver) causes.push(required(`${field}.csi.driver`))
  }
  if (!spec.containers?.length) causes.push(required(`${at}.containers`))
  const names = new Set<string>()
  for (const kind of ['containers', 'initContainers'] as const) {
    for (const [index, container] of (spec[kind] ?? []).entries()) {
      const field = `${at}.${kind}[${index}]`
      if (!container.name) causes.push(required(`${field}.name`))
      else causes.push(...labelCauses(container.name, `${field}.name`))
      if (names.has(container.name)) causes.push(duplicate(`${field}.name`, container.name))
      names.add(container.name)
      if (!container.image) causes.push(required(`${field}.image`))
      for (const mounts of ['volumeMounts', 'volumeDevices'] as const) {
        for (const [n, mount] of (container[mounts] ?? []).entries()) {
          if (!volumes.has(mount.name) && !more.includes(mount.name))
            causes.push(notFound(`${field}.${mounts}[${n}].name`, mount.name))
        }
      }
      causes.push(...resourcesCauses(container.resources, `${field}.resources`))
    }
  }
  const restart = ['Always', 'OnFailure', 'Never']
  if (!restart.includes(spec.restartPolicy ?? ''))
    causes.push(notSupported(`${at}.restartPolicy`, spec.restartPolicy, restart))
  return causes
}

/** What of a pod's spec may still be changed. */
function immutable(spec: PodSpec): unknown {
  const strip = ({ image: _, ...container }: Container) => container
  return {
    ...spec,
    containers: spec.containers.map(strip),
    initContainers: spec.initContainers?.map(strip),
    nodeName: undefined,
    activeDeadlineSeconds: undefined,
    terminationGracePeriodSeconds: undefined,
    tolerations: undefined,
    schedulingGates: undefined,
  }
}

const NOT_READY = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']

export const podRules: Rules<Pod> = {
  hasGeneration: true,
  defaults(pod) {
    podSpecDefaults(pod.spec ?? {})
    if (pod.spec) (pod.spec as PodSpec & Record<string, unknown>).enableServiceLinks ??= true
  },
  prepareCreate(pod) {
    pod.status = { phase: 'Pending', qosClass: qosOf(pod.spec) }
  },
  admit(pod, old, lookup, caller) {
    if (old) return
    const { namespace } = pod.metadata
    const { spec } = pod
    if (!spec) return
    const fill = spec as PodSpec & Record<string, unknown>
    fill.serviceAccountName ||= 'default'
    fill.serviceAccount = fill.serviceAccountName
    fill.priority ??= 0
    fill.preemptionPolicy ??= 'PreemptLowerPriority'
    if (!lookup.find('serviceaccounts', namespace, spec.serviceAccountName!)) {
      const why = `error looking up service account ${namespace}/${spec.serviceAccountName}: serviceaccount "${spec.serviceAccountName}" not found`
      throw new StatusError(403, 'Forbidden', `pods "${pod.metadata.name}" is forbidden: ${why}`, {
        name: pod.metadata.name,
        kind: 'pods',
      })
    }
    for (const key of NOT_READY) {
      if (spec.tolerations?.some((t) => t.key === key || (!t.key && t.operator === 'Exists'))) continue
      spec.tolerations = [
        ...(spec.tolerations ?? []),
        { key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 } as NonNullable<
          PodSpec['tolerations']
        >[number],
      ]
    }
    caller.warn(
      'this is a simulated cluster: the pod is scheduled and its volumes are real to it, but no container runs',
    )
  },
  validate(pod, old) {
    const causes = podSpecCauses(pod.spec, 'spec')
    if (old && causes.length === 0 && !sameJson(immutable(pod.spec), immutable(old.spec))) {
      const what =
        'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)'
      causes.push(forbidden('spec', what))
    }
    if (old?.spec.nodeName && old.spec.nodeName !== pod.spec.nodeName)
      causes.push(forbidden('spec.nodeName', 'a pod that is bound to a node stays there'))
    const { terminationGracePeriodSeconds: grace = 0 } = pod.spec ?? {}
    if (grace < 0)
      causes.push(invalid('spec.terminationGracePeriodSeconds', grace, 'must be greater than or equal to 0'))
    return causes
  },
}

export function qosOf(spec: PodSpec | undefined): string {
  const all = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])]
  const amounts = all.flatMap(({ resources }) => [
    ...Object.keys(resources?.requests ?? {}),
    ...Object.keys(resources?.limits ?? {}),
  ])
  if (!amounts.some((name) => name === 'cpu' || name === 'memory')) return 'BestEffort'
  const guaranteed = all.every(({ resources }) =>
    ['cpu', 'memory'].every((name) => {
      const limit = resources?.limits?.[name]
      return limit !== undefined && (resources?.requests?.[name] ?? limit) === limit
    }),
  )
  return guaranteed ? 'Guaranteed' : 'Burstable'
}

export interface NamespaceObject extends KubeObject {
  spec?: { finalizers?: string[] }
  status?: { phase?: string; conditions?: unknown[] }
}
