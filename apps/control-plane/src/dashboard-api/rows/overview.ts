import { keyOf } from '@open-local/kube'
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
    fullestPools: [...offered].sort((a, b) => fill(b) - fill(a) || (a.key < b.key ? -1 : 1)).slice(0, FULLEST),
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
          pool.health,
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
          node.health,
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
        volume.health,
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
  health: string,
  { code, params, message }: NodeRow['reasons'][number],
  subject: Attention['subject'],
  href: string,
  id: string,
): Attention {
  return {
    id,
    severity: health === 'critical' ? 'critical' : 'attention',
    code,
    params,
    message,
    subject,
    href,
    since: null,
  }
}

function pendingClaims(context: RowContext): PendingClaim[] {
  const { view, books, nowMs } = context
  return view.claims
    .list()
    .filter((claim) => !claim.spec.volumeName && !claim.metadata.deletionTimestamp && isOurClaim(context, claim))
    .map((claim): PendingClaim => {
      const key = keyOf(claim)
      const pod = view.pods.byIndex(indexes.podsByClaim, key).find((p) => !p.metadata.deletionTimestamp)
      const refusals = pod ? books.refusalsFor(keyOf(pod)) : []
      const since = claim.metadata.creationTimestamp ?? new Date(nowMs).toISOString()
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
          : nowMs - Date.parse(since) > PENDING_MS
            ? latestWarning(context, claim.metadata, pod?.metadata.name)
            : [],
      }
    })
    .sort((a, b) => (a.since < b.since ? -1 : a.since > b.since ? 1 : a.key < b.key ? -1 : 1))
    .slice(0, SHOWN)
}

function latestWarning(
  context: RowContext,
  claim: { namespace?: string; name: string },
  pod: string | undefined,
): PendingClaim['reasons'] {
  const [event] = eventRows(
    context,
    (o) => o.namespace === claim.namespace && (o.name === claim.name || o.name === pod),
    20,
  ).filter((e) => e.type === 'Warning')
  return event ? [{ node: '', message: event.message }] : []
}
