import { keyOf, type PersistentVolume, type PersistentVolumeClaim } from '@open-local/kube'
import { annotations, LEGACY_DRIVER, type NodeLocalVolume, parameters, tryParseQuantity } from '@open-local/shared'
import type { VolumePhase, VolumeRow } from '@open-local/shared/api'
import { placeOfPersistentVolume } from '../../cluster/books-keeper.ts'
import { isOurs } from '../../cluster/claims.ts'
import { indexes } from '../../cluster/cluster-view.ts'
import { type Finding, healthOf, type RowContext, reason } from './context.ts'

const USED_ATTENTION = 0.9
const USED_CRITICAL = 0.97
/** A pod that waits for its volume longer than this deserves a look. */
export const PENDING_MS = 30_000

/** Keys of everything that is shown as a volume: claims of our classes, and volumes of ours without a claim. */
export function volumeKeys(context: RowContext): string[] {
  const { view, driver } = context
  const claims = view.claims
    .list()
    .filter((claim) => isOurClaim(context, claim))
    .map(keyOf)
  const known = new Set(claims)
  const orphans = [
    ...view.nodeLocalVolumes
      .list()
      .filter((v) => isOurDriver(v.spec.driver, driver) && !known.has(claimKey(v.spec.claim)))
      .map((v) => v.metadata.name),
    ...view.volumes
      .list()
      .filter((v) => isOurDriver(v.spec.csi?.driver, driver) && !known.has(claimKey(v.spec.claimRef)))
      .map((v) => v.metadata.name),
  ]
  return [...claims, ...new Set(orphans.map((id) => `-/${id}`))].sort()
}

function isOurDriver(name: string | undefined, driver: string): boolean {
  return name === driver || name === LEGACY_DRIVER
}

function claimKey(ref: { namespace?: string; name?: string } | undefined): string {
  return `${ref?.namespace}/${ref?.name}`
}

export function isOurClaim({ view, driver }: RowContext, claim: PersistentVolumeClaim): boolean {
  if (claim.spec.volumeName) {
    const csi = view.volumes.get(claim.spec.volumeName)?.spec.csi
    if (csi) return isOurDriver(csi.driver, driver)
  }
  return isOurs(view.storageClasses.get(claim.spec.storageClassName ?? ''), driver)
}

/** The objects behind one row. */
export interface VolumeObjectsOfRow {
  claim?: PersistentVolumeClaim
  persistent?: PersistentVolume
  volume?: NodeLocalVolume
}

export function objectsOf({ view }: RowContext, key: string): VolumeObjectsOfRow {
  if (key.startsWith('-/')) {
    const id = key.slice(2)
    return { persistent: view.volumes.get(id), volume: view.nodeLocalVolumes.get(id) }
  }
  const claim = view.claims.get(key)
  const id = claim?.spec.volumeName ?? (claim?.metadata.uid ? `local-${claim.metadata.uid}` : '')
  return { claim, persistent: view.volumes.get(id), volume: view.nodeLocalVolumes.get(id) }
}

/** All that `volumeRow` reads, but for the time: objects are never changed in place, so identity tells of changes. */
export function inputsOf(context: RowContext, key: string): unknown[] {
  const { claim, persistent, volume } = objectsOf(context, key)
  const id = volume?.metadata.name ?? persistent?.metadata.name
  const pods = claim ? context.view.pods.byIndex(indexes.podsByClaim, key) : []
  return [claim, persistent, volume, id && context.usedBytes(id), groupCondition(context, volume), ...pods]
}

function groupCondition({ view }: RowContext, volume: NodeLocalVolume | undefined): string | undefined {
  const storage = volume && view.nodeLocalStorages.get(volume.spec.nodeName)
  const groups = storage?.status?.nodeStorageInfo?.volumeGroups
  return groups?.find((group) => group.name === volume?.spec.pool)?.condition
}

/** Undefined when nothing of that key exists. */
export function volumeRow(context: RowContext, key: string): VolumeRow | undefined {
  const { claim, persistent, volume } = objectsOf(context, key)
  const owner = claim ?? persistent ?? volume
  if (!owner) return undefined
  const [namespace = '-', name = ''] = key.split('/')
  const place = persistent && placeOfPersistentVolume(persistent)
  const id = volume?.metadata.name ?? persistent?.metadata.name ?? null
  const pods = claim ? context.view.pods.byIndex(indexes.podsByClaim, key) : []
  const phase = phaseOf(context, { claim, persistent, volume })
  const sizeBytes =
    volume?.status?.sizeBytes ??
    Number(
      tryParseQuantity(persistent?.spec.capacity?.storage) ??
        tryParseQuantity(claim?.spec.resources?.requests?.storage) ??
        BigInt(volume?.spec.sizeBytes ?? 0),
    )
  const used = id ? context.usedBytes(id) : undefined
  const mode = volume?.spec.accessType ?? persistent?.spec.volumeMode ?? claim?.spec.volumeMode ?? 'Filesystem'
  const findings = findingsOf(context, { claim, persistent, volume }, phase, sizeBytes, used)
  return {
    key,
    namespace,
    claim: name,
    volumeId: id,
    storageClass:
      volume?.spec.storageClassName ?? claim?.spec.storageClassName ?? persistent?.spec.storageClassName ?? null,
    node: volume?.spec.nodeName ?? place?.node ?? claim?.metadata.annotations?.[annotations.selectedNode] ?? null,
    pool: volume?.spec.pool ?? place?.pool ?? null,
    volumeType:
      volume?.spec.volumeType ??
      (persistent?.spec.csi?.volumeAttributes?.[parameters.volumeType] as VolumeRow['volumeType']) ??
      null,
    accessType: mode,
    fsType: mode === 'Block' ? null : (volume?.spec.fsType ?? persistent?.spec.csi?.fsType ?? null),
    phase,
    sizeBytes,
    usedBytes: used === undefined ? null : Number(used),
    pods: pods.map((pod) => pod.metadata.name).sort(),
    createdAt: owner.metadata.creationTimestamp ?? new Date(0).toISOString(),
    ...healthOf(findings),
  }
}

function phaseOf(context: RowContext, { claim, persistent, volume }: VolumeObjectsOfRow): VolumePhase {
  if (volume?.metadata.deletionTimestamp || volume?.status?.phase === 'Deleting') return 'Deleting'
  if (volume?.status?.phase === 'Failed') return 'Failed'
  if (claim?.status?.phase === 'Lost') return 'Lost'
  if (claim && !claim.spec.volumeName)
    return volume || claim.metadata.annotations?.[annotations.selectedNode] ? 'Provisioning' : 'Pending'
  if (!claim && persistent) return 'Released'
  if (volume?.status?.phase === 'Ready' && groupCondition(context, volume) === 'DiskFault') return 'Lost'
  return volume?.status?.staged || volume?.status?.mounts?.length ? 'InUse' : 'Ready'
}

function findingsOf(
  context: RowContext,
  objects: VolumeObjectsOfRow,
  phase: VolumePhase,
  sizeBytes: number,
  used: bigint | undefined,
): Finding[] {
  const { claim, volume } = objects
  const findings: Finding[] = []
  const name = claim ? keyOf(claim) : (volume?.metadata.name ?? '')
  if (phase === 'Failed') {
    const message = volume?.status?.message ?? 'its node could not make it'
    findings.push({
      health: 'critical',
      reason: reason('volume.failed', `${name}: ${message}`, { volume: name, message }),
    })
  }
  if (phase === 'Lost')
    findings.push({
      health: 'critical',
      reason: reason('volume.lost', `${name} lies on a disk that is missing or failing`, { volume: name }),
    })
  if ((phase === 'Pending' || phase === 'Provisioning') && claim) {
    const waited = context.nowMs - Date.parse(claim.metadata.creationTimestamp ?? '')
    const pods = context.view.pods.byIndex(indexes.podsByClaim, keyOf(claim))
    if (pods.length && waited > PENDING_MS) {
      findings.push({
        health: 'attention',
        reason: reason(
          'volume.pending',
          `${name} has been pending although pod ${pods[0]!.metadata.name} waits for it`,
          { volume: name, pod: pods[0]!.metadata.name },
        ),
      })
    }
  }
  if (used !== undefined && sizeBytes > 0) {
    const part = Number(used) / sizeBytes
    if (part >= USED_ATTENTION) {
      const percent = Math.round(part * 100)
      findings.push({
        health: part >= USED_CRITICAL ? 'critical' : 'attention',
        reason: reason('volume.full', `${name} is ${percent} % full`, { volume: name, percent }),
      })
    }
  }
  return findings
}
