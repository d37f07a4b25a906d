import { VolumeCapability_AccessMode_Mode as Mode, VolumeCapability } from '@open-local/proto/csi'
import { expect, test } from 'vitest'
import { parseCapabilities, parseCapability, supportedAccessModes } from './capability.ts'

const block: VolumeCapability['accessType'] = { $case: 'block', value: {} }
const mount: VolumeCapability['accessType'] = {
  $case: 'mount',
  value: { fsType: 'xfs', mountFlags: ['noatime', 'nouuid'], volumeMountGroup: '' },
}

const capability = (mode: Mode, accessType: VolumeCapability['accessType'] = block): VolumeCapability => ({
  accessMode: { mode },
  accessType,
})

test.each(supportedAccessModes)('%s is possible', (accessMode) => {
  expect(parseCapability(capability(Mode[accessMode])).accessMode).toBe(accessMode)
})

test.each(['MULTI_NODE_READER_ONLY', 'MULTI_NODE_SINGLE_WRITER', 'MULTI_NODE_MULTI_WRITER', 'UNKNOWN'] as const)(
  '%s is refused with what is possible',
  (mode) => {
    const parse = () => parseCapability(capability(Mode[mode]))
    expect(parse).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT', field: 'volume_capability.access_mode' }))
    expect(parse).toThrow(new RegExp(`${mode} is not possible.*ReadWriteOnce.*SINGLE_NODE_WRITER`))
  },
)

test('a mode that this version does not know is refused by its number', () => {
  // A caller with a newer specification sends 99 on the wire.
  const received = VolumeCapability.decode(Buffer.from('0a001a020863', 'hex'))
  expect(() => parseCapability(received)).toThrow(/access_mode: 99 is not possible/)
})

test('a file system keeps its type and flags in order; a block device has neither', () => {
  expect(parseCapability(capability(Mode.SINGLE_NODE_WRITER, mount))).toEqual({
    accessType: 'Filesystem',
    fsType: 'xfs',
    mountFlags: ['noatime', 'nouuid'],
    accessMode: 'SINGLE_NODE_WRITER',
  })
  expect(parseCapability(capability(Mode.SINGLE_NODE_WRITER))).toEqual({
    accessType: 'Block',
    fsType: '',
    mountFlags: [],
    accessMode: 'SINGLE_NODE_WRITER',
  })
})

test.each([
  ['nothing', undefined, 'volume_capability'],
  ['no access type', { accessMode: { mode: Mode.SINGLE_NODE_WRITER } }, 'volume_capability.access_type'],
  ['no access mode', { accessType: block, accessMode: undefined }, 'volume_capability.access_mode'],
])('%s is refused by the name of what is missing', (_, value, field) => {
  expect(() => parseCapability(value)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT', field }))
})

test('one bad capability refuses the request by its place; none at all is refused too', () => {
  const good = capability(Mode.SINGLE_NODE_WRITER)
  expect(parseCapabilities([good, capability(Mode.SINGLE_NODE_READER_ONLY, mount)])).toHaveLength(2)
  expect(() => parseCapabilities([good, capability(Mode.MULTI_NODE_MULTI_WRITER)])).toThrow(
    /^volume_capabilities\[1\]\.access_mode: /,
  )
  expect(() => parseCapabilities([])).toThrow(/^volume_capabilities: is empty/)
})
