import { keyOf, type PersistentVolumeClaim } from '@open-local/kube'
import { tryParseQuantity } from '@open-local/shared'
import type { Attention, NodeRow, Overview, PendingClaim, PoolRow, VolumeRow } from '@open-local/shared/api'
import { indexes } from '../../cluster/cluster-view.ts'
import type { RowContext } from './context.ts'
import { eventRows, isOurKind } from './event-row.ts'
import { sumSpace } from './pool-row.ts'
import { isOurClaim, PENDING_MS } from './volume-row.ts'

const SHOWN = 50
const FULLEST = 8
const RECENT = 20

export interface ClusterInfo {
  name: string
  kubernetesVersion: string
  driver: string
}

export function overviewOf(
  context: RowContext,
  cluster: ClusterInfo,
  nodes: NodeRow[],
  pools: PoolRow[],
  volumes: VolumeRow[],
): Overview {
  const offered = pools.filter((pool) => pool.offered)
  const media = [...new Set(offered.map((pool) => pool.mediaType))].sort()
  const claims = new Set(volumes.map((volume) => volume.key))
  const fill = (pool: PoolRow) => 1 - pool.space.availableBytes / Math.max(1, pool.space.capacityBytes)
  // A disk or mount point that is given away whole is full by its nature.
  const shared = offered.filter((pool) => pool.kind === 'VolumeGroup')
  return {
    cluster: { ...cluster, simulated: nodes.length > 0 && nodes.every((node) => node.simulated) },
    counts: {
      nodes: nodes.length,
      pools: pools.length,
      disks: nodes.reduce((sum, node) => sum + node.diskCount, 0),
      volumes: volumes.length,
    },
    fleet: sumSpace(offered.map((pool) => pool.space)),
    byMedium: media.map((mediaType) => {
      const of = offered.filter((pool) => pool.mediaType === mediaType)
      return { mediaType, space: sumSpace(of.map((pool) => pool.space)), poolCount: of.length }
    }),
    attention: attentionOf(nodes, pools, volumes),
    fullestPools: shared.sort((a, b) => fill(b) - fill(a) || (a.key < b.key ? -1 : 1)).slice(0, FULLEST),
    pendingClaims: pendingClaims(context),
    activity: eventRows(
      context,
      (o) => isOurKind(o.kind) || (o.kind === 'PersistentVolumeClaim' && claims.has(`${o.namespace}/${o.name}`)),
      RECENT,
    ),
  }
}

/** Critical first. A pool's trouble is said once, not again for its node. */
function attentionOf(nodes: NodeRow[], pools: PoolRow[], volumes: VolumeRow[]): Attention[] {
  const ofPools = pools.flatMap((pool) =>
    pool.reasons.map(
      (r): Attention =>
        item(
          r,
          { kind: pool.kind, name: pool.name },
          `/nodes/${encodeURIComponent(pool.node)}`,
          `pool/${pool.key}/${r.code}`,
        ),
    ),
  )
  const ofNodes = nodes.flatMap((node) =>
    node.reasons
      .filter((r) => !r.code.startsWith('pool.'))
      .map((r) =>
        item(
          r,
          { kind: 'Node', name: node.name },
          `/nodes/${encodeURIComponent(node.name)}`,
          `node/${node.name}/${r.code}/${r.params.disk ?? ''}`,
        ),
      ),
  )
  const ofVolumes = volumes.flatMap((volume) =>
    volume.reasons.map((r) =>
      item(
        r,
        { kind: 'PersistentVolumeClaim', name: volume.claim, namespace: volume.namespace },
        `/volumes/${encodeURIComponent(volume.namespace)}/${encodeURIComponent(volume.claim)}`,
        `volume/${volume.key}/${r.code}`,
      ),
    ),
  )
  return [...ofNodes, ...ofPools, ...ofVolumes]
    .sort((a, b) => (a.severity === b.severity ? (a.id < b.id ? -1 : 1) : a.severity === 'critical' ? -1 : 1))
    .slice(0, SHOWN)
}

function item(
  { code, params, message, severity = 'attention' }: NodeRow['reasons'][number],
  subject: Attention['subject'],
  href: string,
  id: string,
): Attention {
  return {
    id,
    severity,
    code,
    params,
    message,
    subject,
    href,
    since: null,
  }
}

/** The longest waiting first. */
function pendingClaims(context: RowContext): PendingClaim[] {
  const since = (claim: PersistentVolumeClaim) =>
    claim.metadata.creationTimestamp ?? new Date(context.nowMs).toISOString()
  return (
    context.view.claims
      .list()
      .filter((claim) => !claim.spec.volumeName && !claim.metadata.deletionTimestamp && isOurClaim(context, claim))
      .sort((a, b) => (since(a) < since(b) ? -1 : since(a) > since(b) ? 1 : keyOf(a) < keyOf(b) ? -1 : 1))
      // Cut first: finding the reason for one looks through all events.
      .slice(0, SHOWN)
      .map((claim) => pendingClaim(context, claim, since(claim)))
  )
}

function pendingClaim(context: RowContext, claim: PersistentVolumeClaim, since: string): PendingClaim {
  const { view, books, nowMs } = context
  const key = keyOf(claim)
  const pod = view.pods.byIndex(indexes.podsByClaim, key).find((p) => !p.metadata.deletionTimestamp)
  const refusals = pod ? books.refusalsFor(keyOf(pod)) : []
  const waitsLong = nowMs - Date.parse(since) > PENDING_MS
  return {
    key,
    namespace: claim.metadata.namespace ?? '',
    claim: claim.metadata.name,
    pod: pod?.metadata.name ?? null,
    storageClass: claim.spec.storageClassName ?? null,
    sizeBytes: Number(tryParseQuantity(claim.spec.resources?.requests?.storage) ?? 0n),
    since,
    waitingForPod: !pod,
    reasons: refusals.length
      ? refusals.slice(0, SHOWN)
      : waitsLong
        ? latestWarning(context, claim, pod?.metadata.name)
        : [],
  }
}

/** What Kubernetes last complained about: the claim's provisioning, or its pod's scheduling. */
function latestWarning(
  context: RowContext,
  { metadata: { namespace, name } }: PersistentVolumeClaim,
  pod: string | undefined,
): PendingClaim['reasons'] {
  const warning = eventRows(
    context,
    (o) =>
      o.namespace === namespace &&
      ((o.kind === 'PersistentVolumeClaim' && o.name === name) || (o.kind === 'Pod' && o.name === pod)),
    Number.POSITIVE_INFINITY,
  ).find((event) => event.type === 'Warning')
  return warning ? [{ node: '', message: warning.message }] : []
}
