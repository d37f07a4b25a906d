import { expect, test } from 'vitest'
import {
  CreateVolumeRequest,
  GetCapacityResponse,
  VolumeCapability_AccessMode_Mode as Mode,
  NodeGetVolumeStatsResponse,
  ProbeResponse,
  Snapshot,
  VolumeUsage_Unit,
} from '../gen/csi/v1/csi.ts'
import { PluginInfo } from '../gen/pluginregistration/v1/api.ts'

type Codec<T> = { encode(message: T): { finish(): Uint8Array }; decode(bytes: Uint8Array): T }

/**
 * The bytes are `buf convert`'s (Go's protobuf library) for the published .proto files.
 * One key a map, for Go's order is random; oneofs moved from Go's place, the end, to their number's.
 */
function golden<T>(name: string, codec: Codec<T>, message: T, hex: string): void {
  test(`${name} is written and read as the published contract has it`, () => {
    expect(Buffer.from(codec.encode(message).finish()).toString('hex')).toBe(hex)
    expect(codec.decode(Buffer.from(hex, 'hex'))).toEqual(message)
  })
}

const topology = { segments: { 'kubernetes.io/hostname': 'node-1' } }

golden(
  'CreateVolumeRequest with every field and sizes beyond a double',
  CreateVolumeRequest,
  {
    name: 'local-1',
    capacityRange: { requiredBytes: 2n ** 53n + 1n, limitBytes: 2n ** 63n - 1n },
    volumeCapabilities: [
      { accessType: { $case: 'block', value: {} }, accessMode: { mode: Mode.SINGLE_NODE_MULTI_WRITER } },
      {
        accessType: {
          $case: 'mount',
          value: { fsType: 'xfs', mountFlags: ['noatime', 'nouuid'], volumeMountGroup: '1000' },
        },
        accessMode: { mode: Mode.SINGLE_NODE_WRITER },
      },
    ],
    parameters: { volumeType: 'LVM' },
    secrets: { key: 'hush' },
    volumeContentSource: { type: { $case: 'snapshot', value: { snapshotId: 'snap-1' } } },
    accessibilityRequirements: { requisite: [topology], preferred: [topology] },
    mutableParameters: { iops: '100' },
  },
  [
    '0a076c6f63616c2d31121308818080808080801010ffffffffffffffff7f1a060a001a0208071a22121c0a0378667312076e6f6174696d65',
    '12066e6f757569641a04313030301a02080122110a0a766f6c756d655479706512034c564d2a0b0a036b6579120468757368320a0a080a06',
    '736e61702d313a480a220a200a166b756265726e657465732e696f2f686f73746e616d6512066e6f64652d3112220a200a166b756265726e',
    '657465732e696f2f686f73746e616d6512066e6f64652d31420b0a04696f70731203313030',
  ].join(''),
)

golden(
  'GetCapacityResponse with a wrapper that holds zero',
  GetCapacityResponse,
  { availableCapacity: 2n ** 40n, maximumVolumeSize: 0n, minimumVolumeSize: 2n ** 22n },
  '0880808080802012001a050880808002',
)

golden(
  'Snapshot with a time of millisecond precision',
  Snapshot,
  {
    sizeBytes: 2n ** 22n,
    snapshotId: 'snap-1',
    sourceVolumeId: 'local-1',
    creationTime: new Date('2026-07-09T12:34:56.789Z'),
    readyToUse: true,
    groupSnapshotId: '',
  },
  '08808080021206736e61702d311a076c6f63616c2d31220c08f0aabed20610c0de9cf8022801',
)

golden('ProbeResponse that says no', ProbeResponse, { ready: false }, '0a00')
golden('ProbeResponse that says nothing', ProbeResponse, { ready: undefined }, '')

golden(
  'NodeGetVolumeStatsResponse with a negative number and a letter beyond ASCII',
  NodeGetVolumeStatsResponse,
  {
    usage: [
      { available: -1n, total: 10n, used: 11n, unit: VolumeUsage_Unit.BYTES },
      { available: 5n, total: 6n, used: 1n, unit: VolumeUsage_Unit.INODES },
    ],
    volumeCondition: { abnormal: true, message: 'wörn out' },
  },
  '0a1108ffffffffffffffffff01100a180b20010a080805100618012002120d0801120977c3b6726e206f7574',
)

golden(
  'PluginInfo',
  PluginInfo,
  { type: 'CSIPlugin', name: 'local.csi.aliyun.com', endpoint: '/csi/csi.sock', supportedVersions: ['1.0.0'] },
  '0a09435349506c7567696e12146c6f63616c2e6373692e616c6979756e2e636f6d1a0d2f6373692f6373692e736f636b2205312e302e30',
)
