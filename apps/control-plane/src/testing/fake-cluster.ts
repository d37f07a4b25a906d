import { VolumeLocks } from '@open-local/csi'
import {
  KubeClient,
  nodes,
  type PersistentVolumeClaim,
  type Pod,
  persistentVolumeClaims,
  pods,
  type ResourceType,
  silentLog,
  storageClasses,
} from '@open-local/kube'
import { eventually, type FakeApiServer, startFakeApiServer } from '@open-local/kube/testing'
import {
  type NodeLocalStorage,
  type NodeLocalVolume,
  nodeLocalStorages,
  nodeLocalVolumes,
  VOLUME_FINALIZER,
  withCondition,
} from '@open-local/shared'
import { BooksKeeper } from '../cluster/books-keeper.ts'
import { ClusterCache } from '../cluster/cluster-cache.ts'
import type { CsiContext } from '../csi-controller/context.ts'
import { VolumeObjects } from '../csi-controller/volume-objects.ts'

export const DRIVER = 'local.csi.aliyun.com'
export const GiB = 2 ** 30
const volumeType: ResourceType<NodeLocalVolume> = nodeLocalVolumes
const storageType: ResourceType<NodeLocalStorage> = nodeLocalStorages

/** A control plane's inner parts over a fake API server; a second one over the same server is a restart. */
export interface FakeCluster {
  api: FakeApiServer
  client: KubeClient
  cache: ClusterCache
  books: BooksKeeper
  csi: CsiContext
  close(): Promise<void>
}

export async function startFakeCluster(api?: FakeApiServer): Promise<FakeCluster> {
  const server = api ?? (await startFakeApiServer())
  const client = new KubeClient(server.connection, { userAgent: 'test' })
  const cache = new ClusterCache(client, silentLog)
  const books = new BooksKeeper(cache.view, { driver: DRIVER, strategy: 'spread', log: silentLog })
  books.attach(cache)
  await cache.start()
  const objects = new VolumeObjects(client, cache.reflectors.nodeLocalVolumes)
  const csi: CsiContext = {
    driver: DRIVER,
    version: 'test',
    view: cache.view,
    books,
    objects,
    locks: new VolumeLocks(),
    log: silentLog,
    ready: () => cache.view.hasSynced(),
  }
  return {
    api: server,
    client,
    cache,
    books,
    csi,
    close: async () => {
      await cache.stop()
      client.close()
      if (!api) await server.close()
    },
  }
}

export function seedNode(
  api: FakeApiServer,
  name: string,
  pools: Record<string, number>,
  more: Partial<NodeLocalStorage> = {},
): void {
  api.seed(nodes, { metadata: { name }, status: { conditions: [{ type: 'Ready', status: 'True' }] } })
  api.seed(storageType, {
    metadata: { name },
    spec: { nodeName: name },
    status: {
      nodeStorageInfo: {
        phase: 'Running',
        state: { type: 'DiskReady', status: 'True', lastHeartbeatTime: new Date().toISOString() },
        deviceInfo: Object.entries(pools).map(([pool, gib]) => ({
          name: `/dev/${pool}`,
          mediaType: 'ssd' as const,
          total: (gib + 1) * GiB,
          readOnly: false,
          use: 'PhysicalVolume' as const,
        })),
        volumeGroups: Object.entries(pools).map(([pool, gib]) => ({
          name: pool,
          physicalVolumes: [`/dev/${pool}`],
          total: gib * GiB,
          available: gib * GiB,
          allocatable: gib * GiB,
          extentSize: 4 << 20,
        })),
      },
      filteredStorageInfo: { volumeGroups: Object.keys(pools) },
    },
    ...more,
  })
}

export function seedClass(
  api: FakeApiServer,
  name = 'lvm',
  parameters: Record<string, string> = { volumeType: 'LVM' },
): void {
  api.seed(storageClasses, { metadata: { name }, provisioner: DRIVER, parameters })
}

export function seedClaim(
  api: FakeApiServer,
  name: string,
  size: string,
  more: Partial<PersistentVolumeClaim['spec']> = {},
  node?: string,
): PersistentVolumeClaim {
  return api.seed(persistentVolumeClaims, {
    metadata: {
      name,
      namespace: 'ns',
      uid: `uid-${name}`,
      ...(node ? { annotations: { 'volume.kubernetes.io/selected-node': node } } : {}),
    },
    spec: { storageClassName: 'lvm', resources: { requests: { storage: size } }, ...more },
    status: { phase: 'Pending' },
  })
}

export function seedPod(api: FakeApiServer, name: string, claims: string[]): Pod {
  return api.seed(pods, {
    metadata: { name, namespace: 'ns' },
    spec: { volumes: claims.map((claimName) => ({ name: claimName, persistentVolumeClaim: { claimName } })) },
  })
}

/** Plays every node's agent: answers each NodeLocalVolume by `judge`, and lets deleted ones go. Returns the way to stop. */
export function playAgents(
  cluster: FakeCluster,
  judge: (volume: NodeLocalVolume) => NodeLocalVolume['status'] = ready,
): () => void {
  const act = (volume: NodeLocalVolume): void => {
    const { name, deletionTimestamp, finalizers } = volume.metadata
    if (deletionTimestamp) {
      if (finalizers?.includes(VOLUME_FINALIZER))
        void cluster.client.patch(volumeType, name, { metadata: { finalizers: null } }).catch(() => {})
      return
    }
    if (volume.status?.phase) return
    const status = judge(volume)
    if (status) void cluster.client.patch(volumeType, name, { status }, { subresource: 'status' }).catch(() => {})
  }
  return cluster.cache.reflectors.nodeLocalVolumes.addHandlers({ onAdd: act, onUpdate: (_, volume) => act(volume) })
}

export function ready(volume: NodeLocalVolume): NodeLocalVolume['status'] {
  return {
    phase: 'Ready',
    sizeBytes: volume.spec.sizeBytes,
    devicePath: `/dev/${volume.spec.pool}/${volume.metadata.name}`,
  }
}

export function failed(reason: string, message: string): NodeLocalVolume['status'] {
  const condition = {
    type: 'Provisioned',
    status: 'False' as const,
    reason,
    message,
    lastTransitionTime: new Date(0).toISOString(),
  }
  return { phase: 'Failed', message, conditions: withCondition(undefined, condition) }
}

export { eventually }
