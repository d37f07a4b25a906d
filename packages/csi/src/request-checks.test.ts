import { describe, expect, test } from 'vitest'
import { requireAbsolutePath, requireName, requireSnapshotId, requireText, requireVolumeId } from './request-checks.ts'

const longest = 'ä'.repeat(64)

describe.each([
  ['volume_id', requireVolumeId],
  ['snapshot_id', requireSnapshotId],
  ['name', requireName],
])('%s', (field, check) => {
  test.each(['local-0a1b', 'csi-4e2d', longest])('%s is taken as it is', (value) => {
    expect(check(value)).toBe(value)
  })

  test.each([
    ['', /is empty; send/],
    [`${longest}a`, /has 129 bytes; send .* 128/],
    ['a/b', /"a\/b" is not one plain path element/],
    ['..', /not one plain path element/],
    ['a\0b', /not one plain path element/],
  ])('%j is refused, naming the field and the fix', (value, reason) => {
    expect(() => check(value)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT', field }))
    expect(() => check(value)).toThrow(reason)
    expect(() => check(value)).toThrow(new RegExp(`^${field}: `))
  })
})

test('a path has to be absolute and without ".."', () => {
  const path = '/var/lib/kubelet/pods/1/volumes/..data/mount'
  expect(requireAbsolutePath('target_path', path)).toBe(path)
  for (const wrong of ['', 'pods/1', '/var/../etc', '/var/..', '/a\0b']) {
    expect(() => requireAbsolutePath('target_path', wrong)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', field: 'target_path' }),
    )
  }
})

test('any other text only has to be there', () => {
  expect(requireText('node_id', 'node-1', 'a node')).toBe('node-1')
  expect(() => requireText('node_id', '', "the node's name")).toThrow("node_id: is empty; send the node's name")
})
