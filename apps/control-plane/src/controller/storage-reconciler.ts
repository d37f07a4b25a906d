import {
  deepEqual,
  type EventRecorder,
  isAlreadyExists,
  isNotFound,
  type KubeClient,
  type Log,
  mergePatchOf,
  type ResourceType,
  WorkQueue,
} from '@open-local/kube'
import {
  type Condition,
  GROUP,
  messageOf,
  type NodeLocalStorage,
  type NodeLocalStorageInitConfig,
  nodeLocalStorageInitConfigs,
  nodeLocalStorages,
  VERSION,
  withCondition,
} from '@open-local/shared'
import type { ClusterCache } from '../cluster/cluster-cache.ts'
import type { ClusterView } from '../cluster/cluster-view.ts'
import { ignore } from './ignore.ts'
import { resolveInitConfig, validateInitConfig } from './resolve-init-config.ts'

const storageType: ResourceType<NodeLocalStorage> = nodeLocalStorages
const configType: ResourceType<NodeLocalStorageInitConfig> = nodeLocalStorageInitConfigs

export interface StorageReconcilerOptions {
  client: KubeClient
  view: ClusterView
  events: EventRecorder
  log: Log
  /** The one NodeLocalStorageInitConfig that is followed. */
  initConfig: string
  now?: () => Date
}

/**
 * NodeLocalStorageInitConfig → the NodeLocalStorage of every node. An object for each Node, owned by it; none for nodes
 * that are gone. A config with an error changes no node; the error is its condition `Applied` and an event.
 */
export class StorageReconciler {
  readonly #options: StorageReconcilerOptions
  readonly #queue: WorkQueue

  constructor(options: StorageReconcilerOptions) {
    this.#options = options
    this.#queue = new WorkQueue({ name: 'node-local-storage', workers: 4, log: options.log })
  }

  attach({ reflectors }: Pick<ClusterCache, 'reflectors'>): void {
    const everyNode = () => {
      this.#queue.add(CONFIG)
      for (const node of this.#options.view.nodes.list()) this.#queue.add(node.metadata.name)
    }
    reflectors.nodes.addHandlers({
      onAdd: (node) => this.#queue.add(node.metadata.name),
      onUpdate: (old, node) => {
        if (!deepEqual(old.metadata.labels, node.metadata.labels)) this.#queue.add(node.metadata.name)
      },
      onDelete: (node) => this.#queue.add(node.metadata.name),
    })
    reflectors.nodeLocalStorages.addHandlers({
      onAdd: (storage) => this.#queue.add(storage.metadata.name),
      onUpdate: (old, storage) => {
        if (!deepEqual(old.spec, storage.spec)) this.#queue.add(storage.metadata.name)
      },
      onDelete: (storage) => this.#queue.add(storage.metadata.name),
    })
    reflectors.initConfigs.addHandlers({
      onAdd: everyNode,
      onUpdate: (old, config) => {
        if (!deepEqual(old.spec, config.spec)) everyNode()
      },
    })
  }

  start(): void {
    void this.#queue.run((key) => (key === CONFIG ? this.#reportConfig() : this.#reconcileNode(key)))
  }

  stop(): Promise<void> {
    return Promise.resolve(this.#queue.stop())
  }

  async #reconcileNode(name: string): Promise<void> {
    const { client, view, log } = this.#options
    const node = view.nodes.get(name)
    const observed = view.nodeLocalStorages.get(name)
    if (!node) {
      // Only what we made for a Node goes with it; an object that somebody wrote by hand stays.
      if (observed?.metadata.ownerReferences?.some((owner) => owner.kind === 'Node')) {
        await client.delete(storageType, name).catch(ignore(isNotFound))
        log.info({ node: name }, 'the node is gone, and its NodeLocalStorage with it')
      }
      return
    }
    const config = view.initConfigs.get(this.#options.initConfig)
    if (!config || problemOf(config)) return
    const spec = resolveInitConfig(config, name, node.metadata.labels ?? {})
    if (!observed) {
      const owner = { apiVersion: 'v1', kind: 'Node', name, uid: node.metadata.uid ?? '' }
      const object: NodeLocalStorage = {
        apiVersion: `${GROUP}/${VERSION}`,
        kind: 'NodeLocalStorage',
        metadata: { name, ownerReferences: [owner] },
        spec,
      }
      await client.create(storageType, object).catch(ignore(isAlreadyExists))
      log.info({ node: name }, 'NodeLocalStorage created')
      return
    }
    const patch = mergePatchOf({ spec: observed.spec ?? {} }, { spec })
    if (patch === undefined) return
    await client.patch(storageType, name, patch)
    log.info({ node: name }, 'NodeLocalStorage follows the init config')
  }

  async #reportConfig(): Promise<void> {
    const { client, view, events, now = () => new Date() } = this.#options
    const config = view.initConfigs.get(this.#options.initConfig)
    if (!config) return
    const problem = problemOf(config)
    const condition: Condition = {
      type: 'Applied',
      status: problem ? 'False' : 'True',
      reason: problem ? 'Invalid' : 'Applied',
      message: problem
        ? `${problem}. Nothing was changed on any node.`
        : 'Every node’s NodeLocalStorage follows this config.',
      lastTransitionTime: now().toISOString(),
      observedGeneration: config.metadata.generation,
    }
    const conditions = withCondition(config.status?.conditions, condition)
    const status = { observedGeneration: config.metadata.generation, conditions }
    if (deepEqual(config.status, status)) return
    await client.patch(configType, config.metadata.name, { status }, { subresource: 'status' })
    if (problem)
      events.event({ ...config, kind: 'NodeLocalStorageInitConfig' }, 'Warning', 'Invalid', condition.message)
    else events.event({ ...config, kind: 'NodeLocalStorageInitConfig' }, 'Normal', 'Synced', 'NLSC synced successfully')
  }
}

/** No node may have this name: it holds a character that names may not. */
const CONFIG = '*config'

function problemOf(config: NodeLocalStorageInitConfig): string | undefined {
  try {
    validateInitConfig(config)
    return undefined
  } catch (error) {
    return messageOf(error)
  }
}
