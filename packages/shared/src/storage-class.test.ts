import { describe, expect, it } from 'vitest'
import { isVolumeGroupName, parseClassParameters } from './storage-class.ts'

describe('parseClassParameters', () => {
  it('reads the least a class may say, with safe defaults', () => {
    expect(parseClassParameters({ volumeType: 'LVM' })).toEqual({
      volumeType: 'LVM',
      mediaType: undefined,
      vgName: undefined,
      layout: 'linear',
      limits: undefined,
      wipePolicy: 'zero',
      fsType: undefined,
    })
  })

  it('reads limits, layout and file system; keys of the provisioner pass', () => {
    const parsed = parseClassParameters({
      volumeType: 'LVM',
      vgName: 'pool0',
      lvmType: 'striping',
      iops: '500',
      bps: '10Mi',
      'csi.storage.k8s.io/fstype': 'xfs',
      'csi.storage.k8s.io/pvc/name': 'data',
    })
    expect(parsed).toMatchObject({
      vgName: 'pool0',
      layout: 'striping',
      limits: { iops: 500n, bps: 10485760n },
      fsType: 'xfs',
    })
  })

  it.each([
    [{}, /^parameters\.volumeType: is missing/],
    [{ volumeType: 'lvm' }, /^parameters\.volumeType: "lvm" is not one of LVM, Device, MountPoint/],
    [{ volumeType: 'LVM', lvmType: 'mirror' }, /^parameters\.lvmType: .*linear, striping/],
    [{ volumeType: 'LVM', vgname: 'x' }, /^parameters\.vgname: is not a parameter/],
    [{ volumeType: 'LVM', vgName: 'x; rm -rf /' }, /^parameters\.vgName: /],
    [{ volumeType: 'Device', vgName: 'pool0' }, /^parameters\.vgName: only goes with volumeType LVM/],
    [{ volumeType: 'LVM', iops: '-1' }, /^parameters\.iops: /],
    [{ volumeType: 'LVM', bps: '0' }, /^parameters\.bps: /],
    [{ volumeType: 'LVM', bps: 'fast' }, /^parameters\.bps: /],
    [{ volumeType: 'LVM', spdk: 'true' }, /^parameters\.spdk: /],
    [{ volumeType: 'LVM', 'csi.storage.k8s.io/fstype': 'ntfs' }, /^parameters\.csi\.storage\.k8s\.io\/fstype: "ntfs"/],
  ])('refuses %j with the key and the fix', (raw, message) => {
    expect(() => parseClassParameters(raw as Record<string, string>)).toThrow(message)
  })
})

it.each([
  ['open-local-pool-0', true],
  ['vg+1.x', true],
  ['-vg', false],
  ['..', false],
  ['a b', false],
  ['x'.repeat(128), false],
])('isVolumeGroupName(%j) is %s', (name, expected) => expect(isVolumeGroupName(name)).toBe(expected))
