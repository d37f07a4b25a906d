import type { ContainerStatus, Pod } from '../kinds.ts'
import { humanDuration } from './age.ts'
import { AGE, column, NAME } from './column.ts'

interface PodStatus extends NonNullable<Pod['status']> {
  initContainerStatuses?: ContainerStatus[]
}

function all(pod: Pod): ContainerStatus[] {
  return pod.status?.containerStatuses ?? []
}

function statusText(pod: Pod): string {
  const { status = {} as PodStatus, metadata } = pod
  let text: string = status.reason ?? status.phase ?? 'Unknown'
  if (pod.spec.schedulingGates?.length) text = 'SchedulingGated'
  for (const { state } of all(pod)) {
    if (state.waiting?.reason) text = state.waiting.reason
    else if (state.terminated) text = state.terminated.reason ?? `ExitCode:${state.terminated.exitCode}`
  }
  if (text === 'Completed' && all(pod).some(({ ready, state }) => ready && state.running)) text = 'Running'
  if (!metadata.deletionTimestamp) return text
  return status.reason === 'NodeLost' ? 'Unknown' : 'Terminating'
}

function restarts(pod: Pod, now: Date): string {
  const count = all(pod).reduce((sum, { restartCount }) => sum + restartCount, 0)
  const last = all(pod)
    .map((status) =>
      Date.parse((status as { lastState?: ContainerStatus['state'] }).lastState?.terminated?.finishedAt ?? ''),
    )
    .filter((time) => !Number.isNaN(time))
  return count > 0 && last.length > 0
    ? `${count} (${humanDuration(now.getTime() - Math.max(...last))} ago)`
    : String(count)
}

export const podColumns = [
  NAME,
  column<Pod>(
    'Ready',
    (pod) => `${all(pod).filter((c) => c.ready && c.state.running).length}/${pod.spec.containers.length}`,
  ),
  column<Pod>('Status', statusText),
  column<Pod>('Restarts', restarts),
  AGE,
  column<Pod>('IP', (pod) => pod.status?.podIP ?? '<none>', { wide: true }),
  column<Pod>('Node', (pod) => pod.spec.nodeName ?? '<none>', { wide: true }),
  column<Pod>('Nominated Node', (pod) => pod.status?.nominatedNodeName ?? '<none>', { wide: true }),
  column<Pod>('Readiness Gates', () => '<none>', { wide: true }),
]
