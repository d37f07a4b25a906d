import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { NodeLocalVolume } from '@open-local/shared'
import type { PodFiles } from '../../harness/machine.ts'
import type { System } from '../../harness/system.ts'
import { until } from '../../harness/until.ts'

const manifests = join(import.meta.dirname, '../../manifests')
const MINUTES = 60_000

/** As much of Kubernetes' objects as the scenarios look at. */
export interface Claim {
  metadata: { name: string; uid: string }
  status?: { phase?: string; capacity?: { storage?: string } }
  spec: { volumeName?: string }
}
export interface Pod {
  metadata: { name: string; uid: string }
  spec: { nodeName?: string }
  status?: { phase?: string; containerStatuses?: { ready?: boolean }[] }
}
export interface Event {
  type: string
  reason: string
  message: string
  involvedObject: { kind: string; name: string }
}

/** One namespace of one scenario, and what a person does in it with kubectl. */
export class Workspace {
  readonly namespace: string
  readonly system: System

  constructor(system: System, namespace: string) {
    this.system = system
    this.namespace = namespace
  }

  kubectl(...args: string[]): Promise<string> {
    return this.system.kubectl(['-n', this.namespace, ...args]).then((r) => r.stdout)
  }

  async create(): Promise<void> {
    await this.system.kubectl(['create', 'namespace', this.namespace])
  }

  /** Deletes the namespace and waits until nothing of it is left, volumes included. */
  async remove(): Promise<void> {
    await this.system.kubectl(
      ['delete', 'namespace', this.namespace, '--ignore-not-found', '--wait=true', '--timeout=240s'],
      {
        timeoutMs: 5 * MINUTES,
      },
    )
    await this.#empty()
  }

  /** Deletes pods and claims, and waits until their volumes are off the disks. */
  async clear(): Promise<void> {
    await this.kubectl('delete', 'pods,pvc', '--all', '--wait=true', '--timeout=170s')
    await this.#empty()
  }

  #empty(): Promise<unknown> {
    return until(async () => (await this.volumes()).length === 0, {
      what: `${this.namespace} holds no volume`,
      timeoutMs: 3 * MINUTES,
    })
  }

  /** Applies a manifest of `e2e/manifests`, with words of it replaced. */
  async apply(file: string, replace: Record<string, string> = {}): Promise<void> {
    let text = await readFile(join(manifests, file), 'utf8')
    for (const [from, to] of Object.entries(replace)) text = text.replaceAll(from, to)
    await this.system.kubectl(['-n', this.namespace, 'apply', '-f', '-'], { input: text })
  }

  get<T>(path: string): Promise<T> {
    return this.system.get<T>(path.replace('{ns}', this.namespace))
  }

  claim(name: string): Promise<Claim> {
    return this.get(`/api/v1/namespaces/{ns}/persistentvolumeclaims/${name}`)
  }

  pod(name: string): Promise<Pod> {
    return this.get(`/api/v1/namespaces/{ns}/pods/${name}`)
  }

  async events(name: string): Promise<Event[]> {
    return (
      await this.get<{ items: Event[] }>(`/api/v1/namespaces/{ns}/events?fieldSelector=involvedObject.name=${name}`)
    ).items
  }

  /** The NodeLocalVolumes of this namespace's claims. */
  async volumes(): Promise<NodeLocalVolume[]> {
    const { items } = await this.get<{ items: NodeLocalVolume[] }>('/apis/csi.aliyun.com/v1alpha1/nodelocalvolumes')
    return items.filter((volume) => volume.spec.claim?.namespace === this.namespace)
  }

  running(pod: string): Promise<Pod> {
    return this.#await(`pod ${pod} runs`, async () => {
      const found = await this.pod(pod)
      return found.status?.containerStatuses?.every((c) => c.ready) && found.status.phase === 'Running'
        ? found
        : undefined
    })
  }

  bound(claim: string): Promise<Claim> {
    return this.#await(`claim ${claim} is Bound`, async () => {
      const found = await this.claim(claim)
      return found.status?.phase === 'Bound' ? found : undefined
    })
  }

  event(object: string, reason: string, message: RegExp): Promise<Event> {
    return this.#await(`${object} has an event ${reason} that says ${message}`, async () =>
      (await this.events(object)).find((e) => e.reason === reason && message.test(e.message)),
    )
  }

  async deletePod(name: string): Promise<void> {
    await this.kubectl('delete', 'pod', name, '--wait=true', '--timeout=180s')
  }

  files(pod: string): PodFiles {
    return this.system.podFiles(this.namespace, pod)
  }

  #await<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
    return until(ask, { what: `${this.namespace}: ${what}`, timeoutMs: 4 * MINUTES, everyMs: 200 })
  }
}
