import { parseCapabilities, requireVolumeId } from '@open-local/csi'
import type { ValidateVolumeCapabilitiesRequest, ValidateVolumeCapabilitiesResponse } from '@open-local/proto/csi'
import { InvalidFieldError, messageOf, OpenLocalError } from '@open-local/shared'
import { type CsiContext, persistentVolumeOf } from './context.ts'

/** ValidateVolumeCapabilities: NOT_FOUND for an unknown volume; an unsupported capability is answered, not an error. */
export async function validateVolumeCapabilities(
  context: CsiContext,
  request: ValidateVolumeCapabilitiesRequest,
): Promise<ValidateVolumeCapabilitiesResponse> {
  const name = requireVolumeId(request.volumeId)
  if (request.volumeCapabilities.length === 0)
    throw new InvalidFieldError('volume_capabilities', 'is empty; send at least one')
  if (!(await context.objects.find(name)) && !persistentVolumeOf(context.view, name, context.driver)) {
    throw new OpenLocalError('NOT_FOUND', `there is no volume ${name}`)
  }
  try {
    parseCapabilities(request.volumeCapabilities)
  } catch (error) {
    return { confirmed: undefined, message: messageOf(error) }
  }
  const { volumeContext, volumeCapabilities, parameters, mutableParameters } = request
  return { confirmed: { volumeContext, volumeCapabilities, parameters, mutableParameters }, message: '' }
}
