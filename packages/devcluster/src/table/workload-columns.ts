import type { KubeObject } from '../api/object.ts'
import type { LabelSelector, PodTemplate } from '../kinds.ts'
import type { Deployment, ReplicaSet, StatefulSet } from '../rules/workloads.ts'
import { humanDuration } from './age.ts'
import { AGE, type Column, column, NAME } from './column.ts'

interface WithTemplate extends KubeObject {
  spec: { template?: PodTemplate; selector?: LabelSelector }
}

/** A label selector as kubectl prints it. */
export function selectorText(selector: LabelSelector | undefined): string {
  const parts = Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`)
  for (const { key, operator, values = [] } of selector?.matchExpressions ?? []) {
    if (operator === 'Exists') parts.push(key)
    else if (operator === 'DoesNotExist') parts.push(`!${key}`)
    else parts.push(`${key} ${operator === 'In' ? 'in' : 'notin'} (${values.join(',')})`)
  }
  return parts.join(',') || '<none>'
}

const containers = column<WithTemplate>(
  'Containers',
  ({ spec }) => (spec.template?.spec.containers ?? []).map((c) => c.name).join(','),
  { wide: true },
)
const images = column<WithTemplate>(
  'Images',
  ({ spec }) => (spec.template?.spec.containers ?? []).map((c) => c.image).join(','),
  { wide: true },
)
const selector = column<WithTemplate>('Selector', ({ spec }) => selectorText(spec.selector), { wide: true })

interface DaemonSet extends WithTemplate {
  spec: WithTemplate['spec'] & { template?: PodTemplate }
  status?: Record<string, number>
}
const count = (name: string, key: string): Column =>
  column<DaemonSet>(name, ({ status }) => status?.[key] ?? 0, { type: 'integer' })

interface Job extends KubeObject {
  spec: { completions?: number; parallelism?: number; template?: PodTemplate }
  status?: {
    succeeded?: number
    failed?: number
    active?: number
    startTime?: string
    completionTime?: string
    conditions?: { type: string; status: string }[]
  }
}
interface CronJob extends KubeObject {
  spec: { schedule: string; timeZone?: string; suspend?: boolean }
  status?: { active?: unknown[]; lastScheduleTime?: string }
}

function jobStatus({ status }: Job): string {
  const holds = (type: string): boolean =>
    status?.conditions?.some((c) => c.type === type && c.status === 'True') ?? false
  return ['Complete', 'Failed', 'Suspended'].find(holds) ?? 'Running'
}

export const workloadColumns: Record<string, readonly Column[]> = {
  'deployments.apps': [
    NAME,
    column<Deployment>('Ready', ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec.replicas ?? 0}`),
    column<Deployment>('Up-to-date', ({ status }) => status?.updatedReplicas ?? 0, { type: 'integer' }),
    column<Deployment>('Available', ({ status }) => status?.availableReplicas ?? 0, { type: 'integer' }),
    AGE,
    containers,
    images,
    selector,
  ],
  'replicasets.apps': [
    NAME,
    column<ReplicaSet>('Desired', ({ spec }) => spec.replicas ?? 0, { type: 'integer' }),
    column<ReplicaSet>('Current', ({ status }) => status?.replicas ?? 0, { type: 'integer' }),
    column<ReplicaSet>('Ready', ({ status }) => status?.readyReplicas ?? 0, { type: 'integer' }),
    AGE,
    containers,
    images,
    selector,
  ],
  'statefulsets.apps': [
    NAME,
    column<StatefulSet>('Ready', ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec.replicas ?? 0}`),
    AGE,
    containers,
    images,
  ],
  'daemonsets.apps': [
    NAME,
    count('Desired', 'desiredNumberScheduled'),
    count('Current', 'currentNumberScheduled'),
    count('Ready', 'numberReady'),
    count('Up-to-date', 'updatedNumberScheduled'),
    count('Available', 'numberAvailable'),
    column('Node Selector', () => '<none>'),
    AGE,
    containers,
    images,
    selector,
  ],
  'jobs.batch': [
    NAME,
    column<Job>('Status', jobStatus),
    column<Job>('Completions', ({ spec, status }) => `${status?.succeeded ?? 0}/${spec.completions ?? 1}`),
    column<Job>('Duration', ({ status }, now) => {
      if (!status?.startTime) return ''
      const end = status.completionTime ? Date.parse(status.completionTime) : now.getTime()
      return humanDuration(end - Date.parse(status.startTime))
    }),
    AGE,
  ],
  'cronjobs.batch': [
    NAME,
    column<CronJob>('Schedule', ({ spec }) => spec.schedule),
    column<CronJob>('Timezone', ({ spec }) => spec.timeZone ?? '<none>'),
    column<CronJob>('Suspend', ({ spec }) => String(spec.suspend ?? false)),
    column<CronJob>('Active', ({ status }) => status?.active?.length ?? 0, { type: 'integer' }),
    column<CronJob>('Last Schedule', ({ status }, now) =>
      status?.lastScheduleTime ? humanDuration(now.getTime() - Date.parse(status.lastScheduleTime)) : '<none>',
    ),
    AGE,
  ],
  'controllerrevisions.apps': [
    NAME,
    column<KubeObject>('Controller', ({ metadata }) => {
      const owner = metadata.ownerReferences?.find((ref) => ref.controller)
      return owner ? `${owner.kind.toLowerCase()}.apps/${owner.name}` : '<none>'
    }),
    column<KubeObject & { revision: number }>('Revision', ({ revision }) => revision, { type: 'integer' }),
    AGE,
  ],
}
