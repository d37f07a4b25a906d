import { createHash } from 'node:crypto'
import type { Condition, ContainerStatus, Pod } from '../kinds.ts'

const RUNNING = ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady']

/** An address that stays the pod's. Nothing listens there. */
function addressOf(uid: string): string {
  const [a = 0, b = 0, c = 0] = createHash('sha256').update(uid).digest()
  return `10.${a}.${b}.${c || 1}`
}

/** Its volumes are being set up. */
export function waitingStatus(pod: Pod): object {
  return {
    phase: 'Pending',
    conditions: conditionsOf(pod, undefined),
    containerStatuses: pod.spec.containers.map(
      ({ name, image = '' }, at): ContainerStatus => ({
        name,
        image,
        imageID: '',
        ready: false,
        started: false,
        restartCount: pod.status?.containerStatuses?.[at]?.restartCount ?? 0,
        state: { waiting: { reason: 'ContainerCreating' } },
      }),
    ),
  }
}

/** Its containers count as running and ready. */
export function runningStatus(pod: Pod, now: string, restartCount: number): object {
  const address = addressOf(pod.metadata.uid)
  return {
    phase: 'Running',
    startTime: pod.status?.startTime ?? now,
    podIP: address,
    podIPs: [{ ip: address }],
    hostIP: '127.0.0.1',
    hostIPs: [{ ip: '127.0.0.1' }],
    conditions: conditionsOf(pod, now),
    containerStatuses: pod.spec.containers.map(
      ({ name, image = '' }): ContainerStatus => ({
        name,
        image,
        imageID: '',
        containerID: `simulated://${pod.metadata.uid}/${name}`,
        ready: true,
        started: true,
        restartCount,
        state: { running: { startedAt: now } },
      }),
    ),
  }
}

/** Those of others are kept; ours are True from `now` on, or False. */
function conditionsOf(pod: Pod, now: string | undefined): Condition[] {
  const old = pod.status?.conditions ?? []
  const others = old.filter(({ type }) => !RUNNING.includes(type))
  const ours = RUNNING.map((type): Condition => {
    const status = now !== undefined || type === 'Initialized' ? 'True' : 'False'
    const before = old.find((condition) => condition.type === type)
    const lastTransitionTime =
      before?.status === status ? before.lastTransitionTime : (now ?? before?.lastTransitionTime ?? null)
    const why = status === 'False' && type !== 'PodReadyToStartContainers'
    return {
      type,
      status,
      lastProbeTime: null,
      lastTransitionTime,
      ...(why
        ? {
            reason: 'ContainersNotReady',
            message: `containers with unready status: [${pod.spec.containers.map((c) => c.name).join(' ')}]`,
          }
        : {}),
    }
  })
  return [...ours, ...others]
}
