import { keyOf } from '../api/object.ts'
import type { Container, Pod, PodVolume } from '../kinds.ts'
import { milliOf, unitsOf } from '../quantity.ts'

/** Amounts by resource name: `cpu` in thousandths, the others in whole units. */
export type Amounts = Map<string, bigint>

export function amountsOf(quantities: Record<string, string> | undefined): Amounts {
  const amounts: Amounts = new Map()
  for (const [name, text] of Object.entries(quantities ?? {}))
    amounts.set(name, name === 'cpu' ? (milliOf(text) ?? 0n) : unitsOf(text))
  return amounts
}

export function add(to: Amounts, more: Amounts, times = 1n): void {
  for (const [name, amount] of more) to.set(name, (to.get(name) ?? 0n) + amount * times)
}

function atLeast(to: Amounts, other: Amounts): void {
  for (const [name, amount] of other) if (amount > (to.get(name) ?? 0n)) to.set(name, amount)
}

/** What kube-scheduler takes for a container that names nothing, when it scores: 100m and 200 MiB. */
const USUAL: Amounts = new Map([
  ['cpu', 100n],
  ['memory', 200n * 1024n * 1024n],
])

/**
 * The larger of what all containers need together and what any init container needs beside the sidecars started
 * before it; `usual` puts the scoring defaults where nothing is asked.
 * Source: KEP-753, `PodRequests` of k8s.io/component-helpers.
 */
export function requestsOf(pod: Pod, usual = false): Amounts {
  const { containers, initContainers = [], overhead, resources } = pod.spec
  const total: Amounts = new Map()
  for (const container of containers) add(total, containerRequests(container, usual))
  const sidecars: Amounts = new Map()
  const peak: Amounts = new Map()
  for (const container of initContainers) {
    const own = containerRequests(container, usual)
    const here = new Map(sidecars)
    add(here, own)
    atLeast(peak, here)
    if (container.restartPolicy === 'Always') add(sidecars, own)
  }
  add(total, sidecars)
  atLeast(total, peak)
  for (const [name, amount] of amountsOf(resources?.requests)) total.set(name, amount)
  add(total, amountsOf(overhead))
  return total
}

function containerRequests(container: Container, usual: boolean): Amounts {
  const { requests, limits } = container.resources ?? {}
  return new Map([...(usual ? USUAL : []), ...amountsOf({ ...limits, ...requests })])
}

export interface HostPort {
  ip: string
  protocol: string
  port: number
}

export function hostPortsOf(pod: Pod): HostPort[] {
  const running = (pod.spec.initContainers ?? []).filter((c) => c.restartPolicy === 'Always')
  return [...pod.spec.containers, ...running].flatMap((container) =>
    (container.ports ?? []).flatMap(({ hostPort, hostIP, protocol }) =>
      hostPort ? [{ ip: hostIP || '0.0.0.0', protocol: protocol ?? 'TCP', port: hostPort }] : [],
    ),
  )
}

/** The claim behind a volume; a generic ephemeral one has a claim named after pod and volume. */
export function claimNameOf(pod: Pod, volume: PodVolume): string | undefined {
  return volume.persistentVolumeClaim?.claimName ?? (volume.ephemeral && `${pod.metadata.name}-${volume.name}`)
}

/** `namespace/name` of each claim that the pod names. */
export function claimKeysOf(pod: Pod): string[] {
  const { namespace } = pod.metadata
  return (pod.spec.volumes ?? []).flatMap((volume) => {
    const name = claimNameOf(pod, volume)
    return name === undefined ? [] : keyOf({ metadata: { namespace, name } })
  })
}

export function isFinished(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
}
