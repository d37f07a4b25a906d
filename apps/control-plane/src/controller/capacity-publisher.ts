import { createHash } from 'node:crypto'
import {
  type CSIStorageCapacity,
  csiStorageCapacities,
  isAlreadyExists,
  isNotFound,
  type KubeClient,
  type Log,
  Reflector,
} from '@open-local/kube'
import { messageOf, parseClassParameters, TOPOLOGY_KEY } from '@open-local/shared'
import { isOurs } from '../cluster/claims.ts'
import type { Books, ClusterKind, ClusterView } from '../cluster/cluster-view.ts'
import { capacityFor } from '../scheduling/capacity.ts'
import { ignore } from './ignore.ts'

const COALESCE_MS = 300
const PARALLEL = 8
const MANAGED_BY = 'open-local-controller'

export interface CapacityPublisherOptions {
  client: KubeClient
  view: ClusterView
  books: Books
  driver: string
  /** Where the objects lie. */
  namespace: string
  log: Log
}

/**
 * One CSIStorageCapacity for each node and class of ours: what is available, and the largest volume that fits. Written
 * only when it changes, many changes at once. Besides telling a scheduler without our extender, a change makes
 * kube-scheduler look again at pods that the extender had refused (it retries those on any storage event only).
 */
export class CapacityPublisher {
  readonly #options: CapacityPublisherOptions
  readonly #published: Reflector<CSIStorageCapacity>
  #unsubscribe = () => {}
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined
  #stopped = false

  constructor(options: CapacityPublisherOptions) {
    this.#options = options
    const labelSelector = `csi.storage.k8s.io/managed-by=${MANAGED_BY}`
    this.#published = new Reflector<CSIStorageCapacity>(options.client, csiStorageCapacities, {
      namespace: options.namespace,
      labelSelector,
      log: options.log,
    })
  }

  start(): void {
    this.#published.start()
    this.#published.addHandlers({ onSync: () => this.touch(), onDelete: () => this.touch() })
    this.#unsubscribe = this.#options.view.subscribe((kind) => {
      if (relevant.has(kind)) this.touch()
    })
  }

  /** Something may have changed what is available. */
  touch(): void {
    if (this.#stopped || this.#timer) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#running ??= this.#publish()
        .catch((error: unknown) => {
          this.#options.log.warn({ error: messageOf(error) }, 'capacities were not published; trying again')
          setTimeout(() => this.touch(), 5_000).unref()
        })
        .finally(() => {
          this.#running = undefined
        })
    }, COALESCE_MS)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#unsubscribe()
    clearTimeout(this.#timer)
    await this.#running
    await this.#published.stop()
  }

  async #publish(): Promise<void> {
    const { client, namespace } = this.#options
    if (!this.#published.hasSynced()) return
    const desired = new Map(desiredCapacities(this.#options).map((object) => [object.metadata.name, object]))
    const writes: (() => Promise<unknown>)[] = []
    for (const object of desired.values()) {
      const observed = this.#published.store.get(`${namespace}/${object.metadata.name}`)
      if (!observed) writes.push(() => client.create(csiStorageCapacities, object).catch(ignore(isAlreadyExists)))
      else if (observed.capacity !== object.capacity || observed.maximumVolumeSize !== object.maximumVolumeSize) {
        const { capacity, maximumVolumeSize } = object
        writes.push(() =>
          client
            .patch(csiStorageCapacities, object.metadata.name, { capacity, maximumVolumeSize }, { namespace })
            .catch(ignore(isNotFound)),
        )
      }
    }
    for (const { metadata } of this.#published.store.list()) {
      if (!desired.has(metadata.name))
        writes.push(() => client.delete(csiStorageCapacities, metadata.name, { namespace }).catch(ignore(isNotFound)))
    }
    const queue = writes.values()
    await Promise.all(
      Array.from({ length: PARALLEL }, async () => {
        for (const write of queue) await write()
      }),
    )
  }
}

const relevant = new Set<ClusterKind>([
  'nodes',
  'storageClasses',
  'nodeLocalStorages',
  'nodeLocalVolumes',
  'claims',
  'volumes',
])

/** What should be published now. Classes with parameters that we do not understand have no capacity anywhere. */
export function desiredCapacities({
  view,
  books,
  driver,
  namespace,
}: Pick<CapacityPublisherOptions, 'view' | 'books' | 'driver' | 'namespace'>): CSIStorageCapacity[] {
  const classes = view.storageClasses.list().flatMap((storageClass) => {
    if (!isOurs(storageClass, driver)) return []
    try {
      return [{ name: storageClass.metadata.name, parameters: parseClassParameters(storageClass.parameters) }]
    } catch {
      return []
    }
  })
  return view.nodes.list().flatMap((node) => {
    const pools = books.poolsOf(node.metadata.name)
    return classes.map(({ name, parameters }): CSIStorageCapacity => {
      const { availableBytes, largestBytes } = capacityFor(pools, parameters)
      return {
        apiVersion: 'storage.k8s.io/v1',
        kind: 'CSIStorageCapacity',
        metadata: {
          name: `open-local-${createHash('sha256').update(`${node.metadata.name}\0${name}`).digest('hex').slice(0, 20)}`,
          namespace,
          labels: { 'csi.storage.k8s.io/drivername': driver, 'csi.storage.k8s.io/managed-by': MANAGED_BY },
          ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: node.metadata.name, uid: node.metadata.uid ?? '' }],
        },
        storageClassName: name,
        nodeTopology: { matchLabels: { [TOPOLOGY_KEY]: node.metadata.name } },
        capacity: availableBytes.toString(),
        maximumVolumeSize: largestBytes.toString(),
      }
    })
  })
}
