import type { CoreEvent } from '../api/events.ts'
import { KubeApi } from '../api/kube-api.ts'
import type { KubeObject } from '../api/object.ts'
import { Resources } from '../api/resources.ts'
import { Store } from '../api/store.ts'
import { SELECTED_NODE, VolumeBinder } from '../controllers/volume-binder.ts'
import type { Claim, Node, Pod, PodSpec, StorageClass, Volume } from '../kinds.ts'
import { podRules } from '../rules/pod.ts'
import type { Rules } from '../rules/rules.ts'
import { capacityRules, claimRules, classRules, csiDriverRules, volumeRules } from '../rules/storage.ts'
import { Scheduler, type SchedulerOptions } from './scheduler.ts'

/** The real API and volume binder of this package, a provisioner that obeys, and the scheduler under test. */

const kinds: [kind: string, plural: string, group: string, namespaced: boolean][] = [
  ['Namespace', 'namespaces', '', false],
  ['ServiceAccount', 'serviceaccounts', '', true],
  ['Node', 'nodes', '', false],
  ['Pod', 'pods', '', true],
  ['Event', 'events', '', true],
  ['PersistentVolumeClaim', 'persistentvolumeclaims', '', true],
  ['PersistentVolume', 'persistentvolumes', '', false],
  ['StorageClass', 'storageclasses', 'storage.k8s.io', false],
  ['CSINode', 'csinodes', 'storage.k8s.io', false],
  ['CSIDriver', 'csidrivers', 'storage.k8s.io', false],
  ['CSIStorageCapacity', 'csistoragecapacities', 'storage.k8s.io', true],
]
const rules = {
  nodes: { keepsStatus: true },
  pods: podRules,
  persistentvolumeclaims: claimRules,
  persistentvolumes: volumeRules,
  'storageclasses.storage.k8s.io': classRules,
  'csidrivers.storage.k8s.io': csiDriverRules,
  'csistoragecapacities.storage.k8s.io': capacityRules,
} as unknown as Record<string, Rules>
const WITH_STATUS = new Set(['Node', 'Pod', 'PersistentVolumeClaim', 'PersistentVolume', 'Namespace'])

export const DRIVER = 'csi.example.com'
export const HOSTNAME = 'kubernetes.io/hostname'

export class TestCluster {
  readonly api: KubeApi
  readonly logged: string[] = []
  readonly scheduler: Scheduler
  readonly #binder: VolumeBinder
  /** Claims that the provisioner gives back in place of making a volume. */
  readonly refuses = new Set<string>()
  provisions = true

  constructor(options: Partial<SchedulerOptions> = {}) {
    const infos = kinds.map(([kind, plural, group, namespaced]) => {
      const status = { name: 'status', kind, verbs: ['patch'] }
      const subresources = WITH_STATUS.has(kind) ? [status] : []
      return { group, version: 'v1', kind, plural, singular: kind.toLowerCase(), namespaced, verbs: [], subresources }
    })
    const schemas = { accept: (_: unknown, object: Record<string, unknown>) => object, validate: () => {} }
    this.api = new KubeApi({ store: new Store(), resources: new Resources(infos), schemas, rules })
    const log = (line: string): void => void this.logged.push(line)
    this.make('namespaces', { metadata: { name: 'default' } })
    this.make('serviceaccounts', { metadata: { name: 'default', namespace: 'default' } })
    this.#binder = new VolumeBinder(this.api, log)
    this.scheduler = new Scheduler({ api: this.api, log, random: seeded(1), ...options })
  }

  start(): void {
    this.#binder.start()
    this.api.watch<Claim>('persistentvolumeclaims', ({ type, object }) => {
      if (type !== 'DELETED') setImmediate(() => this.#provision(object.metadata.name))
    })
    this.scheduler.start()
  }

  async stop(): Promise<void> {
    await this.scheduler.stop()
    await this.#binder.stop()
  }

  make<T extends KubeObject>(resource: string, object: object): T {
    return this.api.create<KubeObject>(resource, { apiVersion: '', kind: '', ...object } as KubeObject) as T
  }

  node(
    name: string,
    more: { cpu?: string; pods?: string; labels?: Record<string, string>; spec?: Node['spec'] } = {},
  ): void {
    const { cpu = '4', pods = '110', labels = {}, spec = {} } = more
    const allocatable = { cpu, memory: '8Gi', pods }
    this.make('nodes', { metadata: { name, labels: { [HOSTNAME]: name, ...labels } }, spec, status: { allocatable } })
  }

  pod(name: string, { cpu, claims = [], ...spec }: Partial<PodSpec> & { cpu?: string; claims?: string[] } = {}): void {
    const volumes = claims.map((claimName) => ({ name: claimName, persistentVolumeClaim: { claimName } }))
    const resources = cpu ? { requests: { cpu } } : {}
    const containers = [{ name: 'main', image: 'busybox', resources }]
    this.make('pods', { metadata: { name, namespace: 'default' }, spec: { containers, volumes, ...spec } })
  }

  storageClass(name: string, more: Partial<StorageClass> = {}): void {
    const volumeBindingMode = 'WaitForFirstConsumer'
    this.make('storageclasses.storage.k8s.io', { metadata: { name }, provisioner: DRIVER, volumeBindingMode, ...more })
  }

  claim(name: string, storageClassName: string, size = '1Gi', accessModes = ['ReadWriteOnce']): void {
    const spec = { accessModes, storageClassName, resources: { requests: { storage: size } } }
    this.make('persistentvolumeclaims', { metadata: { name, namespace: 'default' }, spec })
  }

  volume(name: string, storageClassName: string, size: string, node?: string, claim?: Claim): void {
    const { uid, namespace, name: claimName } = claim?.metadata ?? {}
    const claimRef = claim && { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name: claimName, uid }
    this.make('persistentvolumes', {
      metadata: { name },
      spec: {
        storageClassName,
        claimRef,
        capacity: { storage: size },
        accessModes: claim?.spec.accessModes ?? ['ReadWriteOnce'],
        csi: { driver: DRIVER, volumeHandle: name },
        ...(node ? { nodeAffinity: { required: onNode(node) } } : {}),
      },
    })
  }

  capacity(name: string, storageClassName: string, node: string, capacity: string): void {
    const nodeTopology = { matchLabels: { [HOSTNAME]: node } }
    const metadata = { name, namespace: 'default' }
    this.make('csistoragecapacities.storage.k8s.io', { metadata, storageClassName, nodeTopology, capacity })
  }

  getPod(name: string): Pod {
    return this.api.get<Pod>('pods', 'default', name)!
  }

  nodeOf(name: string): string | undefined {
    return this.getPod(name).spec.nodeName
  }

  /** Why a pod is pending, by its condition. */
  why(name: string): string | undefined {
    return this.getPod(name).status?.conditions?.find(
      ({ type, status }) => type === 'PodScheduled' && status === 'False',
    )?.message
  }

  events(name: string): string[] {
    return this.api
      .list<CoreEvent>('events')
      .filter((event) => event.involvedObject.name === name)
      .map(({ type, reason, message }) => `${type} ${reason}: ${message}`)
  }

  #provision(name: string): void {
    const claim = this.api.get<Claim>('persistentvolumeclaims', 'default', name)
    const node = claim?.metadata.annotations?.[SELECTED_NODE]
    if (!claim || !node || claim.spec.volumeName || !this.provisions) return
    if (this.refuses.delete(name)) {
      const annotations = { [SELECTED_NODE]: null }
      this.api.patch('persistentvolumeclaims', 'default', name, { metadata: { annotations } })
      return
    }
    if (this.api.get<Volume>('persistentvolumes', undefined, `pvc-${name}`)) return
    const { storageClassName, resources } = claim.spec
    this.volume(`pvc-${name}`, storageClassName!, resources!.requests!.storage!, node, claim)
  }
}

function onNode(name: string): object {
  return { nodeSelectorTerms: [{ matchExpressions: [{ key: HOSTNAME, operator: 'In', values: [name] }] }] }
}

/** The same numbers for the same seed. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
