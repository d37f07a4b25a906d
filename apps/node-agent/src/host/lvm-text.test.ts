import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { parseBackup } from './lvm-backup.ts'
import { parseReport } from './lvm-report.ts'

/** Recorded from LVM 2.03.16: two physical volumes, a linear, a striped and a foreign volume, a thick snapshot. */
const report = readFileSync(new URL('testdata/fullreport.json', import.meta.url), 'utf8')
const backup = readFileSync(new URL('testdata/backup-pool0.txt', import.meta.url), 'utf8')

it('reads a full report', () => {
  const { volumeGroups, orphanDevices } = parseReport(report)
  expect(orphanDevices).toEqual(['/dev/sdc'])
  const [group] = volumeGroups
  expect(group).toMatchObject({ name: 'pool0', sequence: 6, sizeBytes: 8564768768n, extentSizeBytes: 4194304n })
  expect(group?.physicalVolumes.map((p) => [p.device, p.dataStartBytes, p.freeBytes])).toEqual([
    ['/dev/sda', 17825792n, 4030726144n],
    ['/dev/sdb', 1048576n, 4236247040n],
  ])
  expect(group?.logicalVolumes.filter((v) => !v.hidden).map((v) => [v.name, v.sizeBytes])).toEqual([
    ['foreign', 67108864n],
    ['local-a', 104857600n],
    ['local-s', 109051904n],
    ['snap1', 16777216n],
  ])
  expect(group?.logicalVolumes.find((v) => v.name === 'local-a')?.tags).toEqual([
    'open-local',
    'open-local.claim=default/web-data',
  ])
})

it('reads the same from a metadata copy as from the report', () => {
  const known = parseReport(report).volumeGroups[0]!
  const visible = <G extends typeof known>(group: G) => ({
    ...group,
    logicalVolumes: group.logicalVolumes.filter((v) => !v.hidden),
  })
  expect(visible(parseBackup(backup, 'pool0', known))).toEqual(visible(known))
})

it('takes devices from what is known, not from the hint in the copy', () => {
  const known = parseReport(report).volumeGroups[0]!
  known.physicalVolumes[0]!.device = '/dev/sdz'
  const read = parseBackup(backup, 'pool0', known)
  expect(read.physicalVolumes.map((p) => p.device)).toEqual(['/dev/sdb', '/dev/sdz'])
  expect(read.logicalVolumes.find((v) => v.name === 'local-a')?.extents[0]?.device).toBe('/dev/sdz')
})

it('refuses a copy with a physical volume that is new, cut short, or of another group', () => {
  const known = parseReport(report).volumeGroups[0]!
  known.physicalVolumes.pop()
  expect(() => parseBackup(backup, 'pool0', known)).toThrow(/is new/)
  for (const length of [0, 10, 400, 900, 1500, 2500]) {
    expect(() => parseBackup(backup.slice(0, length), 'pool0', undefined)).toThrow()
  }
  expect(() => parseBackup(backup, 'other', undefined)).toThrow(/no section other/)
})

it('keeps names and tags with any character as text', () => {
  const odd = backup.replaceAll('local-a', '__proto__').replace('default/web-data', 'a\\"b # } ] = 1')
  const volume = parseBackup(odd, 'pool0', undefined).logicalVolumes.find((v) => v.name === '__proto__')
  expect(volume?.tags).toContain('open-local.claim=a"b # } ] = 1')
})

it('refuses a report that lacks a field', () => {
  expect(() => parseReport(report.replaceAll('vg_free', 'vg_fre'))).toThrow()
  expect(() => parseReport('')).toThrow()
})
