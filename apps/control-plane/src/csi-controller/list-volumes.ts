import type { ListVolumesRequest, ListVolumesResponse } from '@open-local/proto/csi'
import { bytesFromJson, OpenLocalError, TOPOLOGY_KEY } from '@open-local/shared'
import { type CsiContext, requireReady } from './context.ts'

/** ListVolumes: volumes of ours in the order of their names; the token is the last name of the page before. */
export async function listVolumes(context: CsiContext, request: ListVolumesRequest): Promise<ListVolumesResponse> {
  requireReady(context)
  if (request.maxEntries < 0) throw new OpenLocalError('INVALID_ARGUMENT', 'max_entries: is negative; use 0 for all')
  const all = context.view.nodeLocalVolumes
    .list()
    .filter((volume) => volume.spec.driver === context.driver)
    .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
  const token = request.startingToken
  const from = token ? all.findIndex((volume) => volume.metadata.name > token) : 0
  if (token && !all.some((volume) => volume.metadata.name <= token))
    throw new OpenLocalError('ABORTED', `starting_token: "${token}" is not one of ours`)
  const rest = from < 0 ? [] : all.slice(from)
  const page = request.maxEntries > 0 ? rest.slice(0, request.maxEntries) : rest
  return {
    entries: page.map((volume) => ({
      volume: {
        volumeId: volume.metadata.name,
        capacityBytes: bytesFromJson(volume.status?.sizeBytes ?? volume.spec.sizeBytes),
        volumeContext: {},
        contentSource: undefined,
        accessibleTopology: [{ segments: { [TOPOLOGY_KEY]: volume.spec.nodeName } }],
      },
      status: undefined,
    })),
    nextToken: page.length < rest.length ? page.at(-1)!.metadata.name : '',
  }
}
