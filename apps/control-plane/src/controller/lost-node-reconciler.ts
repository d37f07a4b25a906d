import { type EventRecorder, isNotFound, type Log, WorkQueue } from '@open-local/kube'
import type { ClusterCache } from '../cluster/cluster-cache.ts'
import { type ClusterView, indexes } from '../cluster/cluster-view.ts'
import type { VolumeObjects } from '../csi-controller/volume-objects.ts'

/**
 * NodeLocalVolumes of nodes that are gone: one whose deletion is asked for would wait for its agent for ever (gaps C2),
 * so its finalizer is taken away. The bytes went with the node; nothing else is deleted by itself.
 */
export class LostNodeReconciler {
  readonly #queue: WorkQueue
  readonly #view: ClusterView
  readonly #objects: VolumeObjects
  readonly #events: EventRecorder
  readonly #log: Log

  constructor(options: { view: ClusterView; objects: VolumeObjects; events: EventRecorder; log: Log }) {
    this.#view = options.view
    this.#objects = options.objects
    this.#events = options.events
    this.#log = options.log
    this.#queue = new WorkQueue({ name: 'lost-node', log: options.log })
  }

  attach({ reflectors }: Pick<ClusterCache, 'reflectors'>): void {
    reflectors.nodeLocalVolumes.addHandlers({
      onAdd: (volume) => this.#queue.add(volume.metadata.name),
      onUpdate: (_, volume) => this.#queue.add(volume.metadata.name),
    })
    reflectors.nodes.addHandlers({
      onDelete: (node) => {
        for (const volume of this.#view.nodeLocalVolumes.byIndex(indexes.byNode, node.metadata.name))
          this.#queue.add(volume.metadata.name)
      },
    })
  }

  start(): void {
    void this.#queue.run((name) => this.#reconcile(name))
  }

  stop(): Promise<void> {
    return Promise.resolve(this.#queue.stop())
  }

  async #reconcile(name: string): Promise<void> {
    const volume = this.#view.nodeLocalVolumes.get(name)
    if (
      !volume?.metadata.deletionTimestamp ||
      !volume.metadata.finalizers?.length ||
      this.#view.nodes.get(volume.spec.nodeName)
    )
      return
    try {
      await this.#objects.release(volume)
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
    const message = `Node ${volume.spec.nodeName} is gone; volume ${name} is given up without it. Its bytes may still be on that machine's disks.`
    this.#events.event({ ...volume, kind: 'NodeLocalVolume' }, 'Warning', 'NodeGone', message)
    this.#log.warn({ volume: name, node: volume.spec.nodeName }, 'volume of a lost node given up')
  }
}
