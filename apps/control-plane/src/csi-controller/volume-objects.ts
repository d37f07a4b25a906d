import {
  isAlreadyExists,
  isNotFound,
  type KubeClient,
  type PersistentVolumeClaim,
  persistentVolumeClaims,
  type Reflector,
  type ResourceType,
  removeFinalizer,
  sleep,
} from '@open-local/kube'
import { type NodeLocalVolume, nodeLocalVolumes, OpenLocalError, VOLUME_FINALIZER } from '@open-local/shared'

export const nodeLocalVolumeType: ResourceType<NodeLocalVolume> = nodeLocalVolumes

/** NodeLocalVolume objects as the CSI calls need them: written, and waited for by watching, never by polling. */
export class VolumeObjects {
  readonly #client: KubeClient
  readonly #reflector: Reflector<NodeLocalVolume>

  constructor(client: KubeClient, reflector: Reflector<NodeLocalVolume>) {
    this.#client = client
    this.#reflector = reflector
  }

  /** Straight from the API server, as the cache may lag behind our own writes. */
  find(name: string): Promise<NodeLocalVolume | undefined> {
    return orAbsent(this.#client.get(nodeLocalVolumeType, name))
  }

  /** Straight from the API server too. */
  findClaim(namespace: string, name: string): Promise<PersistentVolumeClaim | undefined> {
    return orAbsent(this.#client.get(persistentVolumeClaims, name, { namespace }))
  }

  /** Creates it, or returns the one that is there already. */
  async ensure(volume: NodeLocalVolume): Promise<NodeLocalVolume> {
    try {
      return await this.#client.create(nodeLocalVolumeType, volume)
    } catch (error) {
      if (!isAlreadyExists(error)) throw error
      return await this.#client.get(nodeLocalVolumeType, volume.metadata.name)
    }
  }

  /** Asks for its deletion; absent is fine. */
  async delete(name: string): Promise<void> {
    try {
      await this.#client.delete(nodeLocalVolumeType, name)
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }

  /** Resolves when this very object is gone. The cache may not have seen it yet, so the API server has the last word. */
  async untilGone(volume: NodeLocalVolume, signal: AbortSignal, what: string): Promise<void> {
    const { name, uid } = volume.metadata
    for (;;) {
      await this.waitFor(name, signal, what, (now) => (now?.metadata.uid === uid ? undefined : true))
      if ((await this.find(name))?.metadata.uid !== uid) return
      await sleep(50, signal)
    }
  }

  /** Lets go of one whose node will never answer. */
  async release(volume: NodeLocalVolume): Promise<void> {
    await removeFinalizer(this.#client, nodeLocalVolumeType, volume, VOLUME_FINALIZER)
  }

  /**
   * Resolves with the first non-undefined answer of `judge`, asked for the cached object now and after each change
   * (undefined: the object is gone or not yet seen). DEADLINE_EXCEEDED when `signal` ends first: the caller tries again.
   */
  waitFor<T>(
    name: string,
    signal: AbortSignal,
    what: string,
    judge: (volume: NodeLocalVolume | undefined) => T | undefined,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const late = () =>
        finish(() =>
          reject(
            new OpenLocalError('DEADLINE_EXCEEDED', `${what} takes longer than the call may; it goes on, ask again`),
          ),
        )
      let remove = () => {}
      const finish = (settle: () => void) => {
        signal.removeEventListener('abort', late)
        remove()
        settle()
      }
      const look = (volume: NodeLocalVolume | undefined) => {
        try {
          const answer = judge(volume)
          if (answer !== undefined) finish(() => resolve(answer))
        } catch (error) {
          finish(() => reject(error))
        }
      }
      if (signal.aborted) return late()
      signal.addEventListener('abort', late, { once: true })
      let replaying = true
      remove = this.#reflector.addHandlers({
        onAdd: (volume) => {
          if (!replaying && volume.metadata.name === name) look(volume)
        },
        onUpdate: (_, volume) => {
          if (volume.metadata.name === name) look(volume)
        },
        onDelete: (volume) => {
          if (volume.metadata.name === name) look(undefined)
        },
      })
      replaying = false
      look(this.#reflector.store.get(name))
    })
  }
}

async function orAbsent<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}
