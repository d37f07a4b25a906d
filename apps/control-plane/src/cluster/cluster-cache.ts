import {
  coreEvents,
  type KubeClient,
  type KubeObject,
  keyOf,
  type Log,
  nodes,
  type Pod,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  Reflector,
  type ReflectorOptions,
  type ResourceType,
  storageClasses,
} from '@open-local/kube'
import {
  type NodeLocalStorage,
  type NodeLocalStorageInitConfig,
  type NodeLocalVolume,
  nodeLocalStorageInitConfigs,
  nodeLocalStorages,
  nodeLocalVolumes,
} from '@open-local/shared'
import { claimKeysOf } from './claims.ts'
import { type ClusterKind, type ClusterKinds, type ClusterView, indexes } from './cluster-view.ts'

type Reflectors = { [K in ClusterKind]: Reflector<ClusterKinds[K]> }

const kinds: { [K in ClusterKind]: ResourceType<ClusterKinds[K]> } = {
  nodes,
  pods,
  claims: persistentVolumeClaims,
  volumes: persistentVolumes,
  storageClasses,
  nodeLocalStorages: nodeLocalStorages as ResourceType<NodeLocalStorage>,
  nodeLocalVolumes: nodeLocalVolumes as ResourceType<NodeLocalVolume>,
  initConfigs: nodeLocalStorageInitConfigs as ResourceType<NodeLocalStorageInitConfig>,
  events: coreEvents,
}

/** ClusterView kept true by one reflector per kind. */
export class ClusterCache {
  readonly view: ClusterView
  readonly reflectors: Reflectors
  readonly #listeners = new Set<(kind: ClusterKind, key: string) => void>()

  constructor(client: KubeClient, log: Log) {
    const reflector = <K extends ClusterKind>(
      kind: K,
      options: ReflectorOptions<ClusterKinds[K]> = {},
    ): Reflector<ClusterKinds[K]> => {
      const made = new Reflector<ClusterKinds[K]>(client, kinds[kind], { log, ...options })
      const tell = (object: KubeObject) => this.#tell(kind, keyOf(object))
      made.addHandlers({ onAdd: tell, onUpdate: (_, object) => tell(object), onDelete: tell })
      return made
    }
    this.reflectors = {
      nodes: reflector('nodes', { transform: slim(['images', 'volumesInUse', 'volumesAttached']) }),
      pods: reflector('pods', {
        indexers: {
          [indexes.podsByClaim]: claimKeysOf,
          [indexes.byNode]: (pod) => (pod.spec?.nodeName ? [pod.spec.nodeName] : []),
        },
        transform: slimPod,
      }),
      claims: reflector('claims'),
      volumes: reflector('volumes'),
      storageClasses: reflector('storageClasses'),
      nodeLocalStorages: reflector('nodeLocalStorages'),
      nodeLocalVolumes: reflector('nodeLocalVolumes', {
        indexers: { [indexes.byNode]: (volume) => [volume.spec.nodeName] },
      }),
      initConfigs: reflector('initConfigs'),
      events: reflector('events'),
    }
    this.view = {
      ...(Object.fromEntries(Object.entries(this.reflectors).map(([kind, r]) => [kind, r.store])) as {
        [K in ClusterKind]: Reflectors[K]['store']
      }),
      subscribe: (listener) => {
        this.#listeners.add(listener)
        return () => this.#listeners.delete(listener)
      },
      hasSynced: () => Object.values(this.reflectors).every((r) => r.hasSynced()),
    }
  }

  /** Resolves when every list is complete. */
  async start(signal?: AbortSignal): Promise<void> {
    for (const reflector of Object.values(this.reflectors)) reflector.start()
    await Promise.all(Object.values(this.reflectors).map((reflector) => reflector.waitForSync(signal)))
  }

  async stop(): Promise<void> {
    await Promise.all(Object.values(this.reflectors).map((reflector) => reflector.stop()))
  }

  #tell(kind: ClusterKind, key: string): void {
    for (const listener of this.#listeners) listener(kind, key)
  }
}

/** Drops managedFields and parts of the status that nobody reads: a node's image list is most of its bytes. */
function slim<T extends KubeObject>(drop: string[]): (object: T) => T {
  return (object) => {
    const loose = object as unknown as { metadata: Record<string, unknown>; status?: Record<string, unknown> }
    delete loose.metadata.managedFields
    for (const key of drop) delete loose.status?.[key]
    return object
  }
}

function slimPod(pod: Pod): Pod {
  slim<Pod>([])(pod)
  const spec = pod.spec as Record<string, unknown> | undefined
  for (const key of ['initContainers', 'ephemeralContainers', 'affinity', 'tolerations']) delete spec?.[key]
  for (const container of (pod.spec?.containers ?? []) as unknown as Record<string, unknown>[]) {
    for (const key of ['env', 'envFrom', 'args', 'command', 'resources', 'livenessProbe', 'readinessProbe'])
      delete container[key]
  }
  return pod
}
