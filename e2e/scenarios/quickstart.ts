import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { REPOSITORY } from '../harness/paths.ts'
import type { System } from '../harness/system.ts'
import { until } from '../harness/until.ts'
import { allLogicalVolumes, freeBytes } from './support/disk.ts'
import { Workspace } from './support/kubernetes.ts'

/** What the README tells a newcomer to type. */
export function quickstart(system: () => System): void {
  describe('the quickstart', () => {
    let ws: Workspace
    let before: Record<string, bigint>
    const example = (name: string) => join(REPOSITORY, 'examples', name)
    beforeAll(async () => {
      ws = new Workspace(system(), 'quickstart')
      await ws.create()
      before = await freeBytes(system())
    })
    afterAll(() => ws.remove())

    it('runs and tells its story', async () => {
      await ws.kubectl('apply', '-f', example('quickstart.yaml'))
      const pod = await ws.running('quickstart')
      const { spec } = await ws.claim('quickstart')

      const table = await ws.kubectl('get', 'pvc,pv,pods,nls,nlv', '-o', 'wide')
      for (const word of ['Bound', 'Running', 'DiskReady', 'Ready', spec.volumeName!, pod.spec.nodeName!]) {
        expect(table).toContain(word)
      }
      expect(table).toContain(`/dev/open-local-pool-`)
      expect(await ws.kubectl('describe', 'nlv', spec.volumeName!)).toContain('quickstart')
      expect((await ws.events('quickstart')).map(({ reason }) => reason)).toEqual(
        expect.arrayContaining(['ProvisioningSucceeded', 'Scheduled', 'Started']),
      )
    })

    it('gives everything back when it is deleted', async () => {
      await ws.kubectl('delete', '-f', example('quickstart.yaml'), '--wait=true', '--timeout=180s')
      await until(async () => (await ws.volumes()).length === 0, { what: 'the volume is gone', timeoutMs: 180_000 })
      expect((await allLogicalVolumes(system())).filter((lv) => lv.tags.join().includes(ws.namespace))).toEqual([])
      expect(await freeBytes(system())).toEqual(before)
    })

    it('is followed by examples that the API server takes as they are', async () => {
      for (const file of ['raw-block', 'stateful-set', 'xfs', 'two-claims', 'init-config']) {
        expect(await readFile(example(`${file}.yaml`), 'utf8')).toContain('apiVersion')
        await ws.kubectl('apply', '--dry-run=server', '-f', example(`${file}.yaml`))
      }
    })
  })
}
