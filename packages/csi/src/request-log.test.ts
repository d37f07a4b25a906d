import { CreateVolumeRequest, NodePublishVolumeRequest } from '@open-local/proto/csi'
import { expect, test } from 'vitest'
import { loggable } from './request-log.ts'

test('secrets, mount flags and pod tokens are hidden wherever they are; the rest stays readable', () => {
  const request = CreateVolumeRequest.fromPartial({
    name: 'local-1',
    capacityRange: { requiredBytes: 2n ** 53n + 1n },
    parameters: { volumeType: 'LVM' },
    secrets: { s3SK: 'hush', s3AK: 'hush' },
    volumeCapabilities: [{ accessType: { $case: 'mount', value: { fsType: 'xfs', mountFlags: ['password=hush'] } } }],
  })
  const line = loggable(request)
  expect(line).toMatchObject({
    name: 'local-1',
    capacityRange: { requiredBytes: '9007199254740993' },
    parameters: { volumeType: 'LVM' },
    secrets: { s3SK: '***', s3AK: '***' },
    volumeCapabilities: [{ accessType: { value: { fsType: 'xfs', mountFlags: ['***'] } } }],
  })
  expect(JSON.stringify(line)).not.toContain('hush')
  expect(request.secrets).toEqual({ s3SK: 'hush', s3AK: 'hush' })
})

test('tokens that the kubelet adds to the volume context are hidden', () => {
  const volumeContext = { 'csi.storage.k8s.io/serviceAccount.tokens': 'hush', 'csi.storage.k8s.io/pod.name': 'web-0' }
  expect(loggable(NodePublishVolumeRequest.fromPartial({ volumeContext }))).toMatchObject({
    volumeContext: { 'csi.storage.k8s.io/serviceAccount.tokens': '***', 'csi.storage.k8s.io/pod.name': 'web-0' },
  })
})

test.each([
  [{ secrets: 'hush' }, { secrets: '***' }],
  [{ secrets: {} }, { secrets: {} }],
  [
    { at: new Date(0), bytes: new Uint8Array(3), none: undefined },
    { at: '1970-01-01T00:00:00.000Z', bytes: '3 bytes' },
  ],
  [null, null],
])('%j is logged as %j', (value, expected) => {
  expect(loggable(value)).toEqual(expected)
})
