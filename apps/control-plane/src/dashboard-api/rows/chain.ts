import { formatBytes } from '@open-local/shared'
import type { ChainLink, VolumeDetail } from '@open-local/shared/api'
import { indexes } from '../../cluster/cluster-view.ts'
import { poolKindOf } from '../../scheduling/pools.ts'
import type { RowContext } from './context.ts'
import { eventRows } from './event-row.ts'
import { groupOf, poolRow } from './pool-row.ts'
import { objectsOf, volumeRow } from './volume-row.ts'

type Facts = Record<string, string | number | undefined | null>

function link(
  kind: ChainLink['kind'],
  name: string,
  more: Partial<Omit<ChainLink, 'facts'>> & { facts?: Facts } = {},
): ChainLink {
  const { facts = {}, ...rest } = more
  return {
    kind,
    name,
    namespace: null,
    state: null,
    health: 'well',
    href: null,
    ...rest,
    facts: Object.entries(facts).flatMap(([fact, value]) =>
      value === undefined || value === null || value === '' ? [] : [{ name: fact, value: String(value) }],
    ),
  }
}

/** One claim with its chain from pod to disk. Undefined when nothing of that key exists. */
export function volumeDetail(context: RowContext, key: string): VolumeDetail | undefined {
  const row = volumeRow(context, key)
  if (!row) return undefined
  const { view } = context
  const { claim, persistent, volume } = objectsOf(context, key)
  const storage = row.node ? view.nodeLocalStorages.get(row.node)?.status?.nodeStorageInfo : undefined
  const group =
    row.node && row.pool ? groupOf(context, { node: row.node, kind: 'VolumeGroup', name: row.pool }) : undefined
  const lv = group?.logicalVolumes?.find((found) => found.name === row.volumeId)
  const nodeHref = row.node ? `/nodes/${encodeURIComponent(row.node)}` : null
  const bytesOf = (device: string) =>
    storage?.deviceInfo?.find((d) => d.name === device)?.total ??
    group?.physicalVolumeInfo?.find((pv) => pv.name === device)?.total ??
    0
  const wholeDevice =
    row.volumeType === 'Device'
      ? row.pool
      : row.volumeType === 'MountPoint'
        ? storage?.mountPoints?.find((mount) => mount.name === row.pool)?.device
        : undefined
  const runs = wholeDevice
    ? [{ device: wholeDevice, startBytes: 0, sizeBytes: bytesOf(wholeDevice) }]
    : (lv?.segments ?? [])
  const segments = runs.map((run) => ({ ...run, deviceBytes: bytesOf(run.device) }))
  const book = row.node
    ? context.books.poolsOf(row.node).find((p) => p.name === row.pool && poolKindOf[row.volumeType ?? 'LVM'] === p.kind)
    : undefined
  const pods = claim ? view.pods.byIndex(indexes.podsByClaim, key) : []
  const chain: ChainLink[] = [
    ...pods.map((pod) =>
      link('Pod', pod.metadata.name, {
        namespace: pod.metadata.namespace ?? null,
        state: pod.metadata.deletionTimestamp ? 'Terminating' : (pod.status?.phase ?? null),
        health: pod.status?.phase === 'Failed' ? 'critical' : pod.status?.phase === 'Pending' ? 'attention' : 'well',
        facts: { node: pod.spec?.nodeName, mountPath: mountPathOf(pod, claim?.metadata.name ?? '') },
      }),
    ),
    ...(claim
      ? [
          link('PersistentVolumeClaim', claim.metadata.name, {
            namespace: claim.metadata.namespace ?? null,
            state: claim.metadata.deletionTimestamp ? 'Terminating' : (claim.status?.phase ?? null),
            health:
              claim.status?.phase === 'Bound' ? 'well' : claim.status?.phase === 'Lost' ? 'critical' : 'attention',
            facts: {
              asks: claim.spec.resources?.requests?.storage,
              class: claim.spec.storageClassName,
              access: claim.spec.accessModes?.join(', '),
            },
          }),
        ]
      : []),
    ...(persistent
      ? [
          link('PersistentVolume', persistent.metadata.name, {
            state: persistent.metadata.deletionTimestamp ? 'Terminating' : (persistent.status?.phase ?? null),
            health: persistent.status?.phase === 'Failed' ? 'critical' : 'well',
            facts: {
              capacity: persistent.spec.capacity?.storage,
              reclaim: persistent.spec.persistentVolumeReclaimPolicy,
            },
          }),
        ]
      : []),
    ...(volume
      ? [
          link('NodeLocalVolume', volume.metadata.name, {
            state: volume.metadata.deletionTimestamp ? 'Deleting' : (volume.status?.phase ?? 'Pending'),
            health:
              volume.status?.phase === 'Failed' ? 'critical' : volume.status?.phase === 'Ready' ? 'well' : 'attention',
            facts: { node: volume.spec.nodeName, wipe: volume.spec.wipePolicy, fsType: volume.spec.fsType },
          }),
        ]
      : []),
    ...(lv || (volume?.status?.devicePath && volume.spec.volumeType === 'LVM')
      ? [
          link('LogicalVolume', lv?.name ?? volume?.metadata.name ?? '', {
            state: lv ? 'present' : 'missing',
            health: lv ? 'well' : 'unknown',
            facts: {
              device: volume?.status?.devicePath,
              size: lv ? formatBytes(lv.total) : undefined,
              uuid: lv?.uuid ?? volume?.status?.uuid,
            },
            href: nodeHref,
          }),
        ]
      : []),
    ...(row.pool
      ? [
          link('Pool', row.pool, {
            state: book ? (book.healthy ? 'ready' : 'faulty') : null,
            health: book ? poolRow(context, book).health : 'unknown',
            facts: {
              node: row.node,
              size: group ? formatBytes(group.total) : undefined,
              free: group ? formatBytes(group.available) : undefined,
            },
            href: nodeHref,
          }),
        ]
      : []),
    ...[...new Set(segments.map((segment) => segment.device))].map((name) => {
      const device = storage?.deviceInfo?.find((d) => d.name === name)
      return link('Device', name, {
        state: device ? (device.condition === 'DiskFault' ? 'faulty' : 'ready') : 'missing',
        health: !device || device.condition === 'DiskFault' ? 'critical' : 'well',
        facts: {
          medium: device?.mediaType,
          size: device ? formatBytes(device.total) : undefined,
          serial: device?.serial,
          model: device?.model?.trim(),
        },
        href: nodeHref,
      })
    }),
    ...(volume?.status?.mounts ?? []).map((mount) =>
      link('Mount', mount.path, { state: mount.readOnly ? 'ro' : 'rw', facts: { fsType: row.fsType } }),
    ),
  ]
  const names = new Set([row.claim, row.volumeId, ...row.pods])
  return {
    volume: row,
    chain,
    segments,
    conditions: (volume?.status?.conditions ?? []).map(({ type, status, reason, message, lastTransitionTime }) => ({
      type,
      status,
      reason,
      message,
      at: lastTransitionTime,
      object: { kind: 'NodeLocalVolume', name: volume!.metadata.name },
    })),
    events: eventRows(
      context,
      (o) => names.has(o.name) && (o.namespace === row.namespace || o.name === row.volumeId),
      50,
    ),
  }
}

function mountPathOf(
  pod: {
    metadata: { name: string }
    spec?: {
      volumes?: { name: string; persistentVolumeClaim?: { claimName: string } }[]
      containers?: {
        volumeMounts?: { name: string; mountPath: string }[]
        volumeDevices?: { name: string; devicePath: string }[]
      }[]
    }
  },
  claim: string,
): string | undefined {
  const volume = pod.spec?.volumes?.find(
    (v) => v.persistentVolumeClaim?.claimName === claim || `${pod.metadata.name}-${v.name}` === claim,
  )?.name
  for (const container of pod.spec?.containers ?? []) {
    const path =
      container.volumeMounts?.find((m) => m.name === volume)?.mountPath ??
      container.volumeDevices?.find((d) => d.name === volume)?.devicePath
    if (path) return path
  }
  return undefined
}
