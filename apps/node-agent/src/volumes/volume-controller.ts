import type { VolumeLocks } from '@open-local/csi'
import { type EventRecorder, type KubeClient, type Log, Reflector, WorkQueue } from '@open-local/kube'
import { NODE_LABEL, type NodeLocalVolume, nodeLabelValue } from '@open-local/shared'
import type { Host } from '../host/host.ts'
import type { LvmPicture } from '../host/lvm-picture.ts'
import type { CreationJournal } from './creation-journal.ts'
import { reconcileVolume } from './reconcile-volume.ts'
import { KubeVolumeStore, slimVolume, volumeType } from './volume-store.ts'

export interface VolumeControllerOptions {
  client: KubeClient
  nodeName: string
  host: Host
  picture: LvmPicture
  journal: CreationJournal
  locks: VolumeLocks
  events: EventRecorder
  log: Log
}

/** Mounts come and go in pairs; one write tells of both. */
const USE_DELAY_MS = 200

/** Keeps this node's volumes as their objects say, for as long as it runs. */
export class VolumeController {
  readonly #options: VolumeControllerOptions
  readonly #reflector: Reflector<NodeLocalVolume>
  readonly #queue: WorkQueue
  /** When a volume that is yet to be made was first seen, by performance.now(). */
  readonly #firstSeen = new Map<string, number>()

  constructor(options: VolumeControllerOptions) {
    this.#options = options
    const { client, nodeName, log } = options
    this.#reflector = new Reflector(client, volumeType, {
      labelSelector: `${NODE_LABEL}=${nodeLabelValue(nodeName)}`,
      transform: slimVolume,
      log,
    })
    // Wiping a large volume takes long; others must not wait for it.
    this.#queue = new WorkQueue({ name: 'volumes', workers: 8, baseDelayMs: 500, maxDelayMs: 60_000, log })
  }

  get volumes(): NodeLocalVolume[] {
    return this.#reflector.store.list()
  }

  find(name: string): NodeLocalVolume | undefined {
    return this.#reflector.store.get(name)
  }

  hasSynced(): boolean {
    return this.#reflector.hasSynced()
  }

  start(): void {
    const { nodeName, client, events } = this.#options
    const store = new KubeVolumeStore(client, this.#reflector.store)
    const add = (volume: NodeLocalVolume) => {
      // The label may be a digest, and somebody may have written it by hand.
      if (volume.spec.nodeName !== nodeName) return
      const { name } = volume.metadata
      if (!volume.status?.phase && !this.#firstSeen.has(name)) this.#firstSeen.set(name, performance.now())
      this.#queue.add(name)
    }
    this.#reflector.addHandlers({
      onAdd: add,
      onUpdate: (_, volume) => add(volume),
      onDelete: ({ metadata }) => {
        store.forget(metadata.name)
        this.#firstSeen.delete(metadata.name)
      },
    })
    const context = {
      ...this.#options,
      store,
      now: () => new Date(),
      deleted: new Set<string>(),
      onNote: (volume: NodeLocalVolume, reason: string, message: string) =>
        events.event(volume, 'Normal', reason, message),
    }
    this.#queue.run(async (name) => {
      const again = await reconcileVolume(context, name)
      if (!again) this.#noteReady(name)
      return again
    })
    this.#reflector.start()
  }

  /** The volume was mounted or unmounted. */
  noteUse(name: string): void {
    if (this.#reflector.store.get(name)) this.#queue.addAfter(name, USE_DELAY_MS)
  }

  /** Pools changed: what failed for want of them may do now, and what was there may be gone. */
  notePoolsChanged(): void {
    for (const { metadata, status } of this.volumes)
      if (status?.phase !== 'Ready') this.#queue.addAfter(metadata.name, 100)
  }

  /** Says once how long a volume took from being seen to its status being written. */
  #noteReady(name: string): void {
    const seenAt = this.#firstSeen.get(name)
    if (seenAt === undefined || !this.#firstSeen.delete(name)) return
    if (this.find(name)?.metadata.deletionTimestamp) return
    this.#options.log.info({ volume: name, durationMs: Math.round(performance.now() - seenAt) }, 'volume ready')
  }

  async stop(): Promise<void> {
    await this.#reflector.stop()
    await this.#queue.stop()
  }
}
