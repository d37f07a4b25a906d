import { invalid, required } from '../api/field-error.ts'
import { sameJson } from '../api/json.ts'
import type { KubeObject } from '../api/object.ts'
import { CRDS } from '../api/resources.ts'
import { StatusError } from '../api/status-error.ts'
import { crdRules } from './crd.ts'
import { type NamespaceObject, podRules } from './pod.ts'
import type { Rules } from './rules.ts'
import { capacityRules, claimRules, classRules, csiDriverRules, volumeRules } from './storage.ts'
import { deploymentRules, replicaSetRules, statefulSetRules } from './workloads.ts'

const PERMANENT = ['default', 'kube-system', 'kube-public']

const namespaceRules: Rules<NamespaceObject> = {
  prepareCreate(namespace) {
    namespace.spec = { finalizers: ['kubernetes'] }
    namespace.status = { phase: 'Active' }
  },
  defaults(namespace) {
    namespace.metadata.labels = { ...namespace.metadata.labels, 'kubernetes.io/metadata.name': namespace.metadata.name }
  },
  admitDelete(namespace) {
    const { name } = namespace.metadata
    if (!PERMANENT.includes(name)) return
    throw new StatusError(403, 'Forbidden', `namespaces "${name}" is forbidden: this namespace may not be deleted`, {
      name,
      kind: 'namespaces',
    })
  },
}

interface Secret extends KubeObject {
  type?: string
  data?: Record<string, string>
  stringData?: Record<string, string>
  immutable?: boolean
}

const secretRules: Rules<Secret> = {
  defaults(secret) {
    secret.type ??= 'Opaque'
    for (const [key, value] of Object.entries(secret.stringData ?? {}))
      secret.data = { ...secret.data, [key]: Buffer.from(value).toString('base64') }
    delete secret.stringData
  },
  validate(secret, old) {
    if (old && old.type !== secret.type) return [invalid('type', secret.type, 'field is immutable')]
    return old?.immutable && !sameJson(old.data, secret.data)
      ? [invalid('data', null, 'field is immutable when `immutable` is set')]
      : []
  },
}

interface Binding extends KubeObject {
  roleRef: { apiGroup?: string; kind: string; name: string }
  subjects?: { kind: string; apiGroup?: string; name: string; namespace?: string }[]
}

const bindingRules: Rules<Binding> = {
  defaults(binding) {
    if (binding.roleRef) binding.roleRef.apiGroup ??= 'rbac.authorization.k8s.io'
    for (const subject of binding.subjects ?? []) {
      if (subject.kind !== 'ServiceAccount') subject.apiGroup ??= 'rbac.authorization.k8s.io'
    }
  },
  validate(binding, old) {
    if (!binding.roleRef?.name) return [required('roleRef.name')]
    return old && !sameJson(old.roleRef, binding.roleRef)
      ? [invalid('roleRef', binding.roleRef, 'cannot change roleRef')]
      : []
  },
}

interface Service extends KubeObject {
  spec: {
    type?: string
    sessionAffinity?: string
    clusterIP?: string
    ports?: { port: number; protocol?: string; targetPort?: unknown }[]
  }
  status?: { loadBalancer: object }
}

const serviceRules: Rules<Service> = {
  defaults({ spec }) {
    const fill = spec as Service['spec'] & Record<string, unknown>
    fill.type ??= 'ClusterIP'
    fill.sessionAffinity ??= 'None'
    fill.internalTrafficPolicy ??= 'Cluster'
    fill.ipFamilies ??= ['IPv4']
    fill.ipFamilyPolicy ??= 'SingleStack'
    for (const port of spec.ports ?? []) {
      port.protocol ??= 'TCP'
      port.targetPort ??= port.port
    }
  },
  prepareCreate(service, lookup) {
    service.status = { loadBalancer: {} }
    const fill = service.spec as Service['spec'] & Record<string, unknown>
    if (!fill.clusterIP) {
      const taken = new Set(lookup.list<Service>('services').map((s) => s.spec.clusterIP))
      let at = 1
      while (taken.has(`10.96.${at >> 8}.${at & 255}`)) at++
      fill.clusterIP = `10.96.${at >> 8}.${at & 255}`
    }
    fill.clusterIPs ??= [fill.clusterIP]
  },
  validate: ({ spec }) => (spec?.ports?.length || spec?.clusterIP === 'None' ? [] : [required('spec.ports')]),
}

interface Lease extends KubeObject {
  spec?: { leaseDurationSeconds?: number }
}

const leaseRules: Rules<Lease> = {
  validate({ spec }) {
    const seconds = spec?.leaseDurationSeconds
    return seconds !== undefined && seconds <= 0
      ? [invalid('spec.leaseDurationSeconds', seconds, 'must be greater than 0')]
      : []
  },
}

interface Event extends KubeObject {
  involvedObject: { namespace?: string }
}

const eventRules: Rules<Event> = {
  validate({ involvedObject, metadata }) {
    const namespace = involvedObject?.namespace || 'default'
    return namespace === metadata.namespace || metadata.namespace === 'kube-system'
      ? []
      : [invalid('involvedObject.namespace', involvedObject?.namespace ?? '', 'does not match event.namespace')]
  },
}

const keepsStatus: Rules = { keepsStatus: true }

function widen<T extends KubeObject>(rules: Rules<T>): Rules {
  return rules as unknown as Rules
}

/** What is special about each built-in resource; a resource that is not here has only metadata rules and its schema. */
export const rules: Record<string, Rules> = {
  nodes: keepsStatus,
  pods: widen(podRules),
  namespaces: widen(namespaceRules),
  secrets: widen(secretRules),
  services: widen(serviceRules),
  events: widen(eventRules),
  persistentvolumeclaims: widen(claimRules),
  persistentvolumes: widen(volumeRules),
  'storageclasses.storage.k8s.io': widen(classRules),
  'csidrivers.storage.k8s.io': widen(csiDriverRules),
  'csistoragecapacities.storage.k8s.io': widen(capacityRules),
  'leases.coordination.k8s.io': widen(leaseRules),
  'rolebindings.rbac.authorization.k8s.io': widen(bindingRules),
  'clusterrolebindings.rbac.authorization.k8s.io': widen(bindingRules),
  'replicasets.apps': widen(replicaSetRules),
  'deployments.apps': widen(deploymentRules),
  'statefulsets.apps': widen(statefulSetRules),
  'poddisruptionbudgets.policy': { hasGeneration: true },
  'validatingadmissionpolicies.admissionregistration.k8s.io': notEnforced('ValidatingAdmissionPolicy', true),
  'validatingadmissionpolicybindings.admissionregistration.k8s.io': notEnforced(
    'ValidatingAdmissionPolicyBinding',
    false,
  ),
  'validatingwebhookconfigurations.admissionregistration.k8s.io': notEnforced('ValidatingWebhookConfiguration', true),
  'mutatingwebhookconfigurations.admissionregistration.k8s.io': notEnforced('MutatingWebhookConfiguration', true),
  [CRDS]: widen(crdRules),
}

function notEnforced(kind: string, hasGeneration: boolean): Rules {
  return {
    hasGeneration,
    admit: (_, __, ___, caller) => caller.warn(`this simulated cluster keeps a ${kind} but does not enforce it`),
  }
}
