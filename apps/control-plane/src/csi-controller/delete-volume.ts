import { requireVolumeId } from '@open-local/csi'
import type { DeleteVolumeRequest, DeleteVolumeResponse } from '@open-local/proto/csi'
import {
  annotations,
  bytesToJson,
  GROUP,
  NODE_LABEL,
  type NodeLocalVolume,
  nodeLabelValue,
  tryParseQuantity,
  VERSION,
  VOLUME_FINALIZER,
} from '@open-local/shared'
import { placeOfPersistentVolume } from '../cluster/books-keeper.ts'
import { type CsiContext, persistentVolumeOf, requireReady } from './context.ts'

/**
 * DeleteVolume: deletes the NodeLocalVolume and waits until its node has removed the logical volume. OK when there is
 * none. A PersistentVolume without an object (the original made it, or we are asked again before the provisioner has
 * seen it go) gets one first, so that its agent removes what may be there the same way, and makes nothing.
 */
export async function deleteVolume(
  context: CsiContext,
  request: DeleteVolumeRequest,
  signal: AbortSignal,
): Promise<DeleteVolumeResponse> {
  requireReady(context)
  const name = requireVolumeId(request.volumeId)
  return context.locks.run(name, 'DeleteVolume', async () => {
    const volume = (await context.objects.find(name)) ?? (await adopt(context, name))
    if (!volume) return {}
    if (!volume.metadata.deletionTimestamp) await context.objects.delete(name)
    await context.objects.untilGone(volume, signal, `the removal of volume ${name} from node ${volume.spec.nodeName}`)
    return {}
  })
}

async function adopt(context: CsiContext, name: string): Promise<NodeLocalVolume | undefined> {
  const persistent = persistentVolumeOf(context.view, name, context.driver)
  const place = persistent && placeOfPersistentVolume(persistent)
  if (!persistent || place?.kind !== 'VolumeGroup') return undefined
  return context.objects.ensure({
    apiVersion: `${GROUP}/${VERSION}`,
    kind: 'NodeLocalVolume',
    metadata: {
      name,
      labels: { [NODE_LABEL]: nodeLabelValue(place.node) },
      // Its agent may see it before the deletion, and must not make what is to go.
      annotations: { [annotations.removeOnly]: 'true' },
      finalizers: [VOLUME_FINALIZER],
    },
    spec: {
      nodeName: place.node,
      driver: context.driver,
      volumeType: 'LVM',
      pool: place.pool,
      sizeBytes: bytesToJson(tryParseQuantity(persistent.spec.capacity?.storage) ?? 1n),
      wipePolicy: 'zero',
    },
  })
}
