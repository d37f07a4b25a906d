import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { BooksKeeper } from './cluster/books-keeper.ts'
import { isOurs } from './cluster/claims.ts'
import type { ClusterView } from './cluster/cluster-view.ts'

export interface Metrics {
  registry: Registry
  extender: Histogram<'verb'>
  csi: Histogram<'method' | 'code'>
  extenderRefusals: Counter
}

/** The original's gauges under their names (reference/observability.md), computed at each scrape, and histograms of ours. */
export function createMetrics(view: ClusterView, books: BooksKeeper, driver: string): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const gauge = <L extends string>(
    name: string,
    help: string,
    labelNames: L[],
    collect: (set: (labels: Record<L, string>, value: bigint | number) => void) => void,
  ) =>
    new Gauge({
      name,
      help,
      labelNames,
      registers: [registry],
      collect() {
        this.reset()
        collect((labels, value) => this.set(labels, Number(value)))
      },
    })
  const pools = (kind: string) => books.pools().filter((pool) => pool.kind === kind && pool.offered)
  gauge('local_volume_group_total', 'VolumeGroup bytes that may be promised', ['nodename', 'vgname'], (set) => {
    for (const p of pools('VolumeGroup')) set({ nodename: p.node, vgname: p.name }, p.allocatableBytes)
  })
  gauge('local_volume_group_used', 'VolumeGroup bytes promised', ['nodename', 'vgname'], (set) => {
    for (const p of pools('VolumeGroup')) set({ nodename: p.node, vgname: p.name }, p.allocatedBytes)
  })
  for (const [subject, kind] of [
    ['device', 'BlockDevice'],
    ['mount_point', 'MountPoint'],
  ] as const) {
    gauge(`local_${subject}_total`, `${kind} bytes`, ['nodename', 'name', 'type'], (set) => {
      for (const p of pools(kind)) set({ nodename: p.node, name: p.name, type: p.mediaType }, p.capacityBytes)
    })
    gauge(`local_${subject}_available`, `${kind} bytes that are not promised`, ['nodename', 'name', 'type'], (set) => {
      for (const p of pools(kind)) set({ nodename: p.node, name: p.name, type: p.mediaType }, p.availableBytes)
    })
    gauge(`local_${subject}_bind`, `1 when a volume has the ${kind}`, ['nodename', 'name'], (set) => {
      for (const p of pools(kind)) set({ nodename: p.node, name: p.name }, p.allocatedBytes > 0n ? 1 : 0)
    })
  }
  gauge('local_allocated_num', 'Volumes on the node', ['nodename'], (set) => {
    for (const node of books.ledger.nodes()) {
      set(
        { nodename: node },
        books.poolsOf(node).reduce((sum, pool) => sum + pool.volumeIds.length, 0),
      )
    }
  })
  gauge(
    'local_local_pv',
    'PersistentVolume bytes',
    ['nodename', 'pv_name', 'pv_type', 'pvc_name', 'pvc_ns', 'status', 'storage_name'],
    (set) => {
      for (const pv of view.volumes.list()) {
        if (!isOurs({ metadata: { name: '' }, provisioner: pv.spec.csi?.driver ?? '' }, driver)) continue
        const volume = books.ledger.volume(pv.spec.csi!.volumeHandle)
        if (!volume) continue
        const type = { VolumeGroup: 'LVM', BlockDevice: 'Device', MountPoint: 'MountPoint' }[volume.kind]
        set(
          {
            nodename: volume.node,
            pv_name: pv.metadata.name,
            pv_type: type,
            pvc_name: pv.spec.claimRef?.name ?? '',
            pvc_ns: pv.spec.claimRef?.namespace ?? '',
            status: pv.status?.phase ?? '',
            storage_name: volume.pool,
          },
          volume.sizeBytes,
        )
      }
    },
  )
  return {
    registry,
    extender: new Histogram({
      name: 'open_local_extender_seconds',
      help: 'Time to answer kube-scheduler',
      labelNames: ['verb'],
      buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1],
      registers: [registry],
    }),
    csi: new Histogram({
      name: 'open_local_csi_seconds',
      help: 'Time to answer CSI calls',
      labelNames: ['method', 'code'],
      buckets: [0.005, 0.02, 0.1, 0.5, 1, 2, 5, 10, 30, 60],
      registers: [registry],
    }),
    extenderRefusals: new Counter({
      name: 'open_local_extender_refusals_total',
      help: 'Nodes refused',
      registers: [registry],
    }),
  }
}
