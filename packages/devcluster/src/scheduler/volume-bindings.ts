import type { Api } from '../api/api.ts'
import { keyOf } from '../api/object.ts'
import { CLAIMS, SELECTED_NODE, VOLUMES } from '../controllers/volume-binder.ts'
import type { Claim, Node, Pod, Volume } from '../kinds.ts'
import { isFullyBound, type NodeVolumes, reaches } from './volume-filter.ts'

/** Brings the claims of a pod to the volumes that were chosen for them. Source: the scheduler's volume binder. */
export class VolumeBindings {
  readonly #api: Api
  readonly #timeoutMs: number
  /** To look again, by what it waits for: `claim namespace/name`, `pod namespace/name`. */
  readonly #waiters = new Map<string, Set<() => void>>()

  constructor(api: Api, timeoutMs: number) {
    this.#api = api
    this.#timeoutMs = timeoutMs
  }

  /**
   * Writes what was chosen: volumes name their claims, other claims name the node. Nobody else can then be given them.
   * Throws the API's refusal when a claim or volume changed since; what was written before stays.
   */
  write({ static: bindings, provision }: NodeVolumes, nodeName: string): void {
    for (const { claim, volume } of bindings) {
      const { namespace, name, uid, resourceVersion } = claim.metadata
      const claimRef = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid, resourceVersion }
      const annotations = volume.spec.claimRef ? {} : { 'pv.kubernetes.io/bound-by-controller': 'yes' }
      this.#api.patch(VOLUMES, undefined, volume.metadata.name, {
        metadata: { resourceVersion: volume.metadata.resourceVersion, annotations },
        ...(volume.spec.claimRef?.uid ? {} : { spec: { claimRef } }),
      })
    }
    for (const { metadata } of provision) {
      const { namespace, name, resourceVersion } = metadata
      const annotations = { [SELECTED_NODE]: nodeName }
      this.#api.patch(CLAIMS, namespace, name, { metadata: { resourceVersion, annotations } })
    }
  }

  /** Resolves when all claims are bound. Throws when that became impossible, the time is over, or it is aborted. */
  async wait(pod: Pod, volumes: NodeVolumes, nodeName: string, signal: AbortSignal): Promise<void> {
    const keys = [...volumes.static.map(({ claim }) => claim), ...volumes.provision].map((c) => `claim ${keyOf(c)}`)
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const look = (): void => {
      try {
        if (this.#areBound(pod, volumes, nodeName)) resolve()
      } catch (error) {
        reject(error)
      }
    }
    const timer = setTimeout(() => reject(new Error('context deadline exceeded')), this.#timeoutMs)
    const abort = (): void => reject(new Error('context canceled'))
    signal.addEventListener('abort', abort)
    if (signal.aborted) abort()
    keys.push(`pod ${keyOf(pod)}`)
    for (const key of keys) this.#waiters.set(key, (this.#waiters.get(key) ?? new Set()).add(look))
    try {
      look()
      await promise
    } catch (error) {
      throw new Error(`binding volumes: ${(error as Error).message}`)
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
      for (const key of keys) {
        this.#waiters.get(key)?.delete(look)
        if (this.#waiters.get(key)?.size === 0) this.#waiters.delete(key)
      }
    }
  }

  /** Something about this claim or pod changed. */
  changed(key: string): void {
    for (const look of this.#waiters.get(key) ?? []) look()
  }

  #areBound(pod: Pod, volumes: NodeVolumes, nodeName: string): boolean {
    const node = this.#api.get<Node>('nodes', undefined, nodeName)
    if (!node) throw new Error(`failed to get node "${nodeName}": node "${nodeName}" not found`)
    const { namespace, name, uid } = pod.metadata
    if (this.#api.get<Pod>('pods', namespace, name)?.metadata.uid !== uid)
      throw new Error(`pod does not exist any more: pod "${name}" not found`)
    for (const { claim, volume } of volumes.static) {
      const current = this.#volume(volume.metadata.name)
      if (!current)
        throw new Error(`failed to check binding: could not find v1.PersistentVolume "${volume.metadata.name}"`)
      requireReach(current, node)
      if (!current.spec.claimRef?.uid) throw new Error(`ClaimRef got reset for pv "${current.metadata.name}"`)
      if (!isFullyBound(this.#claim(claim, 'binding'))) return false
    }
    for (const claim of volumes.provision) {
      const { metadata, spec } = this.#claim(claim, 'provisioning pvc')
      if (!metadata.annotations) throw new Error(`selectedNode annotation reset for PVC "${metadata.name}"`)
      if (metadata.annotations[SELECTED_NODE] !== nodeName)
        throw new Error(`provisioning failed for PVC "${metadata.name}"`)
      const volume = spec.volumeName ? this.#volume(spec.volumeName) : undefined
      if (!volume) return false
      requireReach(volume, node)
      if (!isFullyBound({ metadata, spec } as Claim)) return false
    }
    return true
  }

  #claim({ metadata }: Claim, what: string): Claim {
    const claim = this.#api.get<Claim>(CLAIMS, metadata.namespace, metadata.name)
    if (claim?.metadata.uid === metadata.uid) return claim
    throw new Error(`failed to check ${what}: could not find v1.PersistentVolumeClaim "${keyOf({ metadata })}"`)
  }

  #volume(name: string): Volume | undefined {
    return this.#api.get<Volume>(VOLUMES, undefined, name)
  }
}

function requireReach(volume: Volume, node: Node): void {
  if (reaches(volume, node)) return
  const { name } = volume.metadata
  throw new Error(
    `pv "${name}" node affinity doesn't match node "${node.metadata.name}": no matching NodeSelectorTerms`,
  )
}
