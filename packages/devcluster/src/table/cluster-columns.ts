import { type CoreEvent, fromEventsV1 } from '../api/events.ts'
import type { Json } from '../api/json.ts'
import type { KubeObject } from '../api/object.ts'
import type { Node } from '../kinds.ts'
import { ageOf } from './age.ts'
import { AGE, type Column, column, NAME } from './column.ts'

const ROLE = 'node-role.kubernetes.io/'

function nodeStatus({ spec, status }: Node): string {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')
  const text = ready ? (ready.status === 'True' ? 'Ready' : 'NotReady') : 'Unknown'
  return spec?.unschedulable ? `${text},SchedulingDisabled` : text
}

function address({ status }: Node, type: string): string {
  return status?.addresses?.find((one) => one.type === type)?.address ?? '<none>'
}

interface Keyed extends KubeObject {
  type?: string
  data?: Record<string, string>
  binaryData?: Record<string, string>
  secrets?: unknown[]
}
const size = ({ data, binaryData }: Keyed): number =>
  Object.keys(data ?? {}).length + Object.keys(binaryData ?? {}).length

interface Service extends KubeObject {
  spec: {
    type?: string
    clusterIP?: string
    externalName?: string
    selector?: Record<string, string>
    ports?: { port: number; nodePort?: number; protocol?: string }[]
  }
}
interface Binding extends KubeObject {
  roleRef: { kind: string; name: string }
  subjects?: { kind: string; name: string; namespace?: string }[]
}
const subjects = ({ subjects: all = [] }: Binding, kind: string): string =>
  all
    .filter((one) => one.kind === kind)
    .map((one) => (kind === 'ServiceAccount' ? `${one.namespace}/${one.name}` : one.name))
    .join(', ')
const bindingColumns: readonly Column[] = [
  NAME,
  column<Binding>('Role', ({ roleRef }) => `${roleRef.kind}/${roleRef.name}`),
  AGE,
  column<Binding>('Users', (binding) => subjects(binding, 'User'), { wide: true }),
  column<Binding>('Groups', (binding) => subjects(binding, 'Group'), { wide: true }),
  column<Binding>('ServiceAccounts', (binding) => subjects(binding, 'ServiceAccount'), { wide: true }),
]

interface Lease extends KubeObject {
  spec?: { holderIdentity?: string }
}
interface PriorityClass extends KubeObject {
  value: number
  globalDefault?: boolean
  preemptionPolicy?: string
}
interface Budget extends KubeObject {
  spec: { minAvailable?: number | string; maxUnavailable?: number | string }
  status?: { disruptionsAllowed?: number }
}
const webhooks = column<KubeObject & { webhooks?: unknown[] }>('Webhooks', (one) => one.webhooks?.length ?? 0, {
  type: 'integer',
})

function seen(event: CoreEvent, now: Date, which: 'first' | 'last'): string {
  const time = (which === 'last' ? event.lastTimestamp : event.firstTimestamp) ?? event.eventTime
  return ageOf(time, now)
}

/** The name of what an event is about, as `pod/writer`. */
const about = ({ involvedObject }: CoreEvent): string =>
  `${String(involvedObject.kind ?? '').toLowerCase()}/${involvedObject.name}`

const eventColumns: readonly Column[] = [
  column<CoreEvent>('Last Seen', (event, now) => seen(event, now, 'last')),
  column<CoreEvent>('Type', ({ type }) => type ?? ''),
  column<CoreEvent>('Reason', ({ reason }) => reason ?? ''),
  column<CoreEvent>('Object', about),
  column<CoreEvent>('Subobject', ({ involvedObject }) => String(involvedObject.fieldPath ?? ''), { wide: true }),
  column<CoreEvent>(
    'Source',
    ({ source, reportingComponent }) =>
      [source?.component ?? reportingComponent, source?.host].filter(Boolean).join(', '),
    { wide: true },
  ),
  column<CoreEvent>('Message', ({ message }) => (message ?? '').trim()),
  column<CoreEvent>('First Seen', (event, now) => seen(event, now, 'first'), { wide: true }),
  column<CoreEvent>('Count', ({ count }) => count ?? 1, { type: 'integer', wide: true }),
  { ...NAME, wide: true },
]

export const clusterColumns: Record<string, readonly Column[]> = {
  nodes: [
    NAME,
    column<Node>('Status', nodeStatus),
    column<Node>('Roles', ({ metadata }) => {
      const roles = Object.keys(metadata.labels ?? {}).filter((label) => label.startsWith(ROLE))
      return (
        roles
          .map((label) => label.slice(ROLE.length))
          .sort()
          .join(',') || '<none>'
      )
    }),
    AGE,
    column<Node>('Version', ({ status }) => status?.nodeInfo?.kubeletVersion ?? ''),
    column<Node>('Internal-IP', (node) => address(node, 'InternalIP'), { wide: true }),
    column<Node>('External-IP', (node) => address(node, 'ExternalIP'), { wide: true }),
    column<Node>('OS-Image', ({ status }) => status?.nodeInfo?.osImage ?? '<unknown>', { wide: true }),
    column<Node>('Kernel-Version', ({ status }) => status?.nodeInfo?.kernelVersion ?? '<unknown>', { wide: true }),
    column<Node>('Container-Runtime', ({ status }) => status?.nodeInfo?.containerRuntimeVersion ?? '<unknown>', {
      wide: true,
    }),
  ],
  namespaces: [
    NAME,
    column<KubeObject & { status?: { phase?: string } }>('Status', ({ status }) => status?.phase ?? ''),
    AGE,
  ],
  events: eventColumns,
  'events.events.k8s.io': eventColumns.map((one) => ({
    ...one,
    // The same event, under the names of its other group.
    cell: (shown: KubeObject, now: Date) =>
      one.cell(fromEventsV1(shown as unknown as Json) as unknown as KubeObject, now),
  })),
  secrets: [
    NAME,
    column<Keyed>('Type', ({ type }) => type ?? ''),
    column<Keyed>('Data', size, { type: 'string' }),
    AGE,
  ],
  configmaps: [NAME, column<Keyed>('Data', size, { type: 'string' }), AGE],
  serviceaccounts: [NAME, column<Keyed>('Secrets', ({ secrets }) => secrets?.length ?? 0, { type: 'string' }), AGE],
  services: [
    NAME,
    column<Service>('Type', ({ spec }) => spec.type ?? ''),
    column<Service>('Cluster-IP', ({ spec }) => spec.clusterIP ?? '<none>'),
    column<Service>('External-IP', ({ spec }) => spec.externalName ?? '<none>'),
    column<Service>(
      'Port(s)',
      ({ spec }) =>
        (spec.ports ?? [])
          .map((p) => `${p.port}${p.nodePort ? `:${p.nodePort}` : ''}/${p.protocol ?? 'TCP'}`)
          .join(',') || '<none>',
    ),
    AGE,
    column<Service>(
      'Selector',
      ({ spec }) =>
        Object.entries(spec.selector ?? {})
          .map(([key, value]) => `${key}=${value}`)
          .join(',') || '<none>',
      { wide: true },
    ),
  ],
  'roles.rbac.authorization.k8s.io': [
    NAME,
    { ...AGE, name: 'Created At', cell: ({ metadata }) => metadata.creationTimestamp, type: 'date' },
  ],
  'clusterroles.rbac.authorization.k8s.io': [
    NAME,
    { ...AGE, name: 'Created At', cell: ({ metadata }) => metadata.creationTimestamp, type: 'date' },
  ],
  'rolebindings.rbac.authorization.k8s.io': bindingColumns,
  'clusterrolebindings.rbac.authorization.k8s.io': bindingColumns,
  'leases.coordination.k8s.io': [NAME, column<Lease>('Holder', ({ spec }) => spec?.holderIdentity ?? ''), AGE],
  'priorityclasses.scheduling.k8s.io': [
    NAME,
    column<PriorityClass>('Value', ({ value }) => value, { type: 'integer' }),
    column<PriorityClass>('Global-Default', ({ globalDefault }) => globalDefault ?? false, { type: 'boolean' }),
    AGE,
    column<PriorityClass>('PreemptionPolicy', ({ preemptionPolicy }) => preemptionPolicy ?? '<unset>'),
  ],
  'poddisruptionbudgets.policy': [
    NAME,
    column<Budget>('Min Available', ({ spec }) => String(spec.minAvailable ?? 'N/A')),
    column<Budget>('Max Unavailable', ({ spec }) => String(spec.maxUnavailable ?? 'N/A')),
    column<Budget>('Allowed Disruptions', ({ status }) => status?.disruptionsAllowed ?? 0, { type: 'integer' }),
    AGE,
  ],
  'validatingwebhookconfigurations.admissionregistration.k8s.io': [NAME, webhooks, AGE],
  'mutatingwebhookconfigurations.admissionregistration.k8s.io': [NAME, webhooks, AGE],
}
