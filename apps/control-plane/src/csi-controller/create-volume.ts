import { parseCapabilities, requireName } from '@open-local/csi'
import { KubeError, type PersistentVolumeClaim } from '@open-local/kube'
import type { CreateVolumeRequest, CreateVolumeResponse } from '@open-local/proto/csi'
import {
  annotations,
  bytesFromJson,
  bytesToJson,
  type ClassParameters,
  formatBytes,
  GROUP,
  InvalidFieldError,
  isVolumeGroupName,
  parameters as keys,
  NODE_LABEL,
  type NodeLocalVolume,
  nodeLabelValue,
  OpenLocalError,
  parseClassParameters,
  supportedFsTypes,
  TOPOLOGY_KEY,
  VERSION,
  VOLUME_FINALIZER,
} from '@open-local/shared'
import type { Placement } from '../scheduling/fit.ts'
import { type CsiContext, requiredNode, requireReady } from './context.ts'

const DEFAULT_BYTES = 1n << 30n
const DEFAULT_FS = 'ext4'

/**
 * CreateVolume: allocates, writes a NodeLocalVolume, waits until its node says Ready, answers with the real size.
 * Repeat: the same name gives the same volume. ALREADY_EXISTS for another size or claim; RESOURCE_EXHAUSTED when the
 * node has no room after all, so that the provisioner lets the scheduler choose again; nothing is left behind then.
 * While an object of ours may be there, the code is one after which the provisioner asks again even when the claim is
 * deleted meanwhile (ABORTED, UNAVAILABLE, DEADLINE_EXCEEDED): after any other it forgets, and the volume would be nobody's.
 */
export async function createVolume(
  context: CsiContext,
  request: CreateVolumeRequest,
  signal: AbortSignal,
): Promise<CreateVolumeResponse> {
  requireReady(context)
  const asked = parse(request)
  return context.locks.run(asked.name, 'CreateVolume', async () => {
    try {
      const existing = await context.objects.find(asked.name)
      const volume = existing ? await reuse(context, existing, asked, signal) : await write(context, asked)
      return reply(request, await untilReady(context, volume, signal))
    } catch (error) {
      throw error instanceof KubeError && !refusals.has(error.httpStatus)
        ? new OpenLocalError('UNAVAILABLE', `the API server: ${error.message}; ask again`, { cause: error })
        : error
    }
  })
}

/** Of the API server, after which it is certain that nothing was written. */
const refusals = new Set([400, 401, 403, 404, 413, 415, 422])

interface Asked {
  name: string
  node: string
  sizeBytes: bigint
  limitBytes: bigint
  parameters: ClassParameters
  accessType: 'Filesystem' | 'Block'
  fsType: string
  claim: { namespace: string; name: string }
}

/** Everything that can be wrong with the request is found here, before anything is made. */
function parse(request: CreateVolumeRequest): Asked {
  const name = requireName(request.name)
  if (!isVolumeGroupName(name))
    throw new InvalidFieldError('name', `"${name}" cannot name a logical volume; use letters, digits and + _ . -`)
  const capabilities = parseCapabilities(request.volumeCapabilities)
  if (request.volumeContentSource) {
    throw new InvalidFieldError(
      'volume_content_source',
      'volumes from snapshots and clones are not offered yet; make an empty volume',
    )
  }
  if (Object.keys(request.mutableParameters).length) {
    throw new InvalidFieldError(
      'mutable_parameters',
      'VolumeAttributesClasses are not offered yet; leave volumeAttributesClassName out',
    )
  }
  const parameters = parseClassParameters(request.parameters)
  const claim = { namespace: request.parameters[keys.pvcNamespace] ?? '', name: request.parameters[keys.pvcName] ?? '' }
  if (!claim.namespace || !claim.name) {
    throw new InvalidFieldError(
      `parameters.${keys.pvcName}`,
      'is missing; run the provisioner with --extra-create-metadata',
    )
  }
  const sizeBytes = request.capacityRange?.requiredBytes || DEFAULT_BYTES
  const limitBytes = request.capacityRange?.limitBytes ?? 0n
  if (sizeBytes < 0n || limitBytes < 0n) throw new InvalidFieldError('capacity_range', 'holds a negative size')
  if (limitBytes > 0n && limitBytes < sizeBytes) {
    throw new OpenLocalError(
      'OUT_OF_RANGE',
      `capacity_range: the limit of ${formatBytes(limitBytes)} is below the ${formatBytes(sizeBytes)} asked for`,
    )
  }
  const block = capabilities.every((capability) => capability.accessType === 'Block')
  const fsType = capabilities.map((capability) => capability.fsType).find(Boolean) ?? parameters.fsType ?? DEFAULT_FS
  if (!block && !supportedFsTypes.some((supported) => supported === fsType)) {
    throw new InvalidFieldError(`parameters.${keys.fsType}`, `"${fsType}" is not one of ${supportedFsTypes.join(', ')}`)
  }
  return {
    name,
    node: requiredNode(request.accessibilityRequirements),
    sizeBytes,
    limitBytes,
    parameters,
    accessType: block ? 'Block' : 'Filesystem',
    fsType: block ? '' : fsType,
    claim,
  }
}

/** An object of that name is there: our own earlier work, somebody else's, or one on a node that was given up. */
async function reuse(
  context: CsiContext,
  existing: NodeLocalVolume,
  asked: Asked,
  signal: AbortSignal,
): Promise<NodeLocalVolume> {
  const { spec, metadata } = existing
  if (metadata.deletionTimestamp) return again(context, existing, asked, signal)
  const size = bytesFromJson(spec.sizeBytes)
  if (
    size < asked.sizeBytes ||
    (asked.limitBytes > 0n && size > asked.limitBytes) ||
    spec.claim?.name !== asked.claim.name ||
    spec.claim.namespace !== asked.claim.namespace
  ) {
    throw new OpenLocalError(
      'ALREADY_EXISTS',
      `volume ${asked.name} exists for claim ${spec.claim?.namespace}/${spec.claim?.name} with ${formatBytes(size)}`,
    )
  }
  if (spec.nodeName === asked.node) return existing
  // The scheduler has given the old node up before the volume was used; a PV would have pinned the claim to it.
  if (context.view.volumes.get(asked.name))
    throw new OpenLocalError('ALREADY_EXISTS', `volume ${asked.name} is on node ${spec.nodeName}`)
  await context.objects.delete(asked.name)
  return again(context, existing, asked, signal)
}

async function again(
  context: CsiContext,
  old: NodeLocalVolume,
  asked: Asked,
  signal: AbortSignal,
): Promise<NodeLocalVolume> {
  const what = `the removal of an earlier volume ${asked.name} from node ${old.spec.nodeName}`
  await context.objects.untilGone(old, signal, what)
  return write(context, asked)
}

async function write(context: CsiContext, asked: Asked): Promise<NodeLocalVolume> {
  const { namespace, name } = asked.claim
  const claim = await claimOf(context, asked)
  const refusal = context.books.assume(claim, asked.node)
  if (refusal) throw new OpenLocalError('RESOURCE_EXHAUSTED', refusal)
  const placement = context.books.ledger.assumptionOf(claim.metadata.uid ?? '')
  if (!placement)
    throw new OpenLocalError('ABORTED', `claim ${namespace}/${name} lost its place on node ${asked.node}; ask again`)
  const volume = await context.objects.ensure(objectOf(context, asked, placement, claim.metadata.uid))
  context.log.info(
    { volume: asked.name, node: asked.node, pool: placement.pool, bytes: String(asked.sizeBytes) },
    'volume allocated',
  )
  return volume
}

/** FAILED_PRECONDITION when it is gone for good: there is no volume yet, so nothing is left to be asked for. */
async function claimOf(context: CsiContext, asked: Asked): Promise<PersistentVolumeClaim> {
  const { namespace, name } = asked.claim
  const known = context.view.claims.get(`${namespace}/${name}`)
  if (known && isFor(asked.name, known)) return known
  const found = await context.objects.findClaim(namespace, name)
  if (found && isFor(asked.name, found))
    throw new OpenLocalError('ABORTED', `claim ${namespace}/${name} is not known yet; ask again`)
  throw new OpenLocalError('FAILED_PRECONDITION', `claim ${namespace}/${name} is gone; no volume is made for it`)
}

/** The provisioner ends a volume's name with the claim's UID; one made anew under the old name has another. */
function isFor(volumeName: string, { metadata }: PersistentVolumeClaim): boolean {
  const uid = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.exec(volumeName)?.[0]
  return uid === undefined || uid === metadata.uid
}

function objectOf(
  context: CsiContext,
  asked: Asked,
  placement: Placement,
  claimUid: string | undefined,
): NodeLocalVolume {
  const { parameters } = asked
  const claim = context.view.claims.get(`${asked.claim.namespace}/${asked.claim.name}`)
  return {
    apiVersion: `${GROUP}/${VERSION}`,
    kind: 'NodeLocalVolume',
    metadata: {
      name: asked.name,
      labels: { [NODE_LABEL]: nodeLabelValue(asked.node) },
      finalizers: [VOLUME_FINALIZER],
    },
    spec: {
      nodeName: asked.node,
      driver: context.driver,
      volumeType: parameters.volumeType,
      pool: placement.pool,
      sizeBytes: bytesToJson(asked.sizeBytes),
      layout: parameters.layout,
      accessType: asked.accessType,
      ...(asked.fsType ? { fsType: asked.fsType } : {}),
      wipePolicy: parameters.wipePolicy,
      ...(parameters.limits ? { limits: limitsOf(parameters.limits) } : {}),
      claim: { ...asked.claim, ...(claimUid ? { uid: claimUid } : {}) },
      ...(claim?.spec.storageClassName ? { storageClassName: claim.spec.storageClassName } : {}),
    },
  }
}

function limitsOf({ iops, bps }: { iops?: bigint; bps?: bigint }): { iops?: number; bps?: number } {
  return { ...(iops ? { iops: bytesToJson(iops) } : {}), ...(bps ? { bps: bytesToJson(bps) } : {}) }
}

/** Reasons of the agent for which another node may do better; after any other it tries again by itself. */
const placeElsewhere = new Set(['InsufficientSpace', 'PoolMissing'])

async function untilReady(context: CsiContext, volume: NodeLocalVolume, signal: AbortSignal): Promise<NodeLocalVolume> {
  const { name, uid } = volume.metadata
  const judged = await context.objects.waitFor(
    name,
    signal,
    `volume ${name} on node ${volume.spec.nodeName}`,
    (now) => {
      if (now?.metadata.uid !== uid) return undefined
      if (now?.metadata.deletionTimestamp) throw new OpenLocalError('ABORTED', `volume ${name} is being deleted`)
      return now?.status?.phase === 'Ready' || now?.status?.phase === 'Failed' ? now : undefined
    },
  )
  if (judged.status?.phase === 'Ready') return judged
  const condition = judged.status?.conditions?.find((c) => c.status === 'False')
  const message = judged.status?.message ?? condition?.message ?? `node ${volume.spec.nodeName} could not make it`
  if (!condition || !placeElsewhere.has(condition.reason)) throw new OpenLocalError('ABORTED', message)
  await context.objects.delete(name)
  if (volume.spec.claim?.uid) context.books.ledger.forget(volume.spec.claim.uid)
  throw new OpenLocalError('RESOURCE_EXHAUSTED', message)
}

function reply(request: CreateVolumeRequest, volume: NodeLocalVolume): CreateVolumeResponse {
  const { spec, status, metadata } = volume
  const placeKey =
    spec.volumeType === 'LVM' ? keys.vgName : spec.volumeType === 'Device' ? keys.device : keys.mountPoint
  return {
    volume: {
      volumeId: metadata.name,
      capacityBytes: bytesFromJson(status?.sizeBytes) || bytesFromJson(spec.sizeBytes),
      volumeContext: { ...request.parameters, [placeKey]: spec.pool, [annotations.selectedNode]: spec.nodeName },
      contentSource: undefined,
      accessibleTopology: [{ segments: { [TOPOLOGY_KEY]: spec.nodeName } }],
    },
  }
}
