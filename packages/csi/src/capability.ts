import { VolumeCapability_AccessMode_Mode as Mode, type VolumeCapability } from '@open-local/proto/csi'
import { InvalidFieldError } from '@open-local/shared'

/** What a volume that lives on one node can promise. */
export const supportedAccessModes = [
  'SINGLE_NODE_WRITER',
  'SINGLE_NODE_SINGLE_WRITER',
  'SINGLE_NODE_MULTI_WRITER',
  'SINGLE_NODE_READER_ONLY',
] as const

export type SupportedAccessMode = (typeof supportedAccessModes)[number]

export type Capability = {
  readonly accessType: 'Filesystem' | 'Block'
  /** Empty when the caller leaves the choice to us; always so for Block. */
  readonly fsType: string
  /** Options for mount(8), in the caller's order; none for Block. May hold secrets. */
  readonly mountFlags: readonly string[]
  readonly accessMode: SupportedAccessMode
}

/**
 * A capability as the rest of the program speaks of it. INVALID_ARGUMENT, naming the field within `field` and what it
 * may hold, when it is absent, incomplete, or asks for more than one node.
 */
export function parseCapability(value: VolumeCapability | undefined, field = 'volume_capability'): Capability {
  if (value === undefined) throw new InvalidFieldError(field, 'is absent; send how the volume is to be used')
  const accessMode = parseAccessMode(value.accessMode?.mode, field)
  switch (value.accessType?.$case) {
    case 'block':
      return { accessType: 'Block', fsType: '', mountFlags: [], accessMode }
    case 'mount': {
      const { fsType, mountFlags } = value.accessType.value
      return { accessType: 'Filesystem', fsType, mountFlags, accessMode }
    }
    case undefined:
      throw new InvalidFieldError(`${field}.access_type`, 'is absent; send either block or mount')
  }
}

/** All capabilities of a request, of which there has to be one at least; errors as for `parseCapability`. */
export function parseCapabilities(values: readonly VolumeCapability[], field = 'volume_capabilities'): Capability[] {
  if (values.length === 0) throw new InvalidFieldError(field, 'is empty; send at least one way to use the volume')
  return values.map((value, index) => parseCapability(value, `${field}[${index}]`))
}

function parseAccessMode(mode: Mode | undefined, field: string): SupportedAccessMode {
  const supported = supportedAccessModes.find((name) => Mode[name] === mode)
  if (supported !== undefined) return supported
  // Unknown numbers do arrive: a newer caller may know more modes.
  const asked = Object.entries(Mode).find(([, value]) => value === mode)?.[0] ?? String(mode ?? 'UNKNOWN')
  throw new InvalidFieldError(
    `${field}.access_mode`,
    `${asked} is not possible, for a local volume lives on one node; ` +
      `use ReadWriteOnce or ReadWriteOncePod (${supportedAccessModes.join(', ')})`,
  )
}
