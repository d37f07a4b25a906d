import {
  isConflict,
  isNotFound,
  type KubeClient,
  type Lister,
  mergePatchOf,
  type ResourceType,
  removeFinalizer,
} from '@open-local/kube'
import { annotations, type NodeLocalVolume, nodeLocalVolumes, VOLUME_FINALIZER } from '@open-local/shared'
import type { VolumeStore } from './reconcile-volume.ts'

const MAX_CONFLICTS = 5

export const volumeType: ResourceType<NodeLocalVolume> = nodeLocalVolumes

/**
 * This node's volumes as the API has them. What was just written counts before the watch has told of it, so that a
 * quick second look neither repeats nor undoes it.
 */
export class KubeVolumeStore implements VolumeStore {
  readonly #client: KubeClient
  readonly #lister: Lister<NodeLocalVolume>
  readonly #written = new Map<string, NodeLocalVolume>()
  /** Name → UID of what we let go and the watch still shows. */
  readonly #released = new Map<string, string | undefined>()

  constructor(client: KubeClient, lister: Lister<NodeLocalVolume>) {
    this.#client = client
    this.#lister = lister
  }

  find(name: string): NodeLocalVolume | undefined {
    const seen = this.#lister.get(name)
    if (this.#released.has(name)) {
      if (seen && seen.metadata.uid === this.#released.get(name)) return undefined
      this.#released.delete(name)
    }
    const written = this.#written.get(name)
    if (!written) return seen
    if (seen && seen.metadata.uid === written.metadata.uid && versionOf(seen) < versionOf(written)) return written
    this.#written.delete(name)
    return seen
  }

  async writeStatus(volume: NodeLocalVolume, status: NonNullable<NodeLocalVolume['status']>): Promise<void> {
    const patch = mergePatchOf(volume.status ?? {}, status)
    if (!patch) return
    const { name, uid } = volume.metadata
    try {
      const body = { metadata: { uid }, status: patch }
      const written = await this.#client.patch(volumeType, name, body, { subresource: 'status' })
      this.#written.set(name, slimVolume(written))
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }

  async releaseFinalizer(volume: NodeLocalVolume): Promise<void> {
    const { name, uid } = volume.metadata
    try {
      await this.#removeFinalizer(volume)
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
    this.#written.delete(name)
    this.#released.set(name, uid)
  }

  /** Somebody may have written the object while its bytes were wiped; that changes nothing about them being gone. */
  async #removeFinalizer(volume: NodeLocalVolume): Promise<void> {
    let object = volume
    for (let tries = 1; ; tries++) {
      try {
        await removeFinalizer(this.#client, volumeType, object, VOLUME_FINALIZER)
        return
      } catch (error) {
        if (!isConflict(error) || tries === MAX_CONFLICTS) throw error
      }
      object = await this.#client.get(volumeType, volume.metadata.name)
      if (object.metadata.uid !== volume.metadata.uid) return
    }
  }

  /** The watch has told that it is gone. */
  forget(name: string): void {
    this.#released.delete(name)
    this.#written.delete(name)
  }
}

/** Keeps what is read here; everything else of the object only takes memory. */
export function slimVolume(volume: NodeLocalVolume): NodeLocalVolume {
  const { name, uid, resourceVersion, generation, deletionTimestamp, finalizers } = volume.metadata
  const removeOnly = volume.metadata.annotations?.[annotations.removeOnly]
  return {
    apiVersion: volume.apiVersion,
    kind: volume.kind,
    metadata: {
      name,
      uid,
      resourceVersion,
      generation,
      deletionTimestamp,
      finalizers,
      ...(removeOnly ? { annotations: { [annotations.removeOnly]: removeOnly } } : {}),
    },
    spec: volume.spec,
    status: volume.status,
  }
}

function versionOf(volume: NodeLocalVolume): bigint {
  return BigInt(volume.metadata.resourceVersion ?? 0)
}
