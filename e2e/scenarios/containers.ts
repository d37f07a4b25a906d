import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { REPOSITORY } from '../harness/paths.ts'
import type { System } from '../harness/system.ts'
import { until } from '../harness/until.ts'
import { Workspace } from './support/kubernetes.ts'

/** What only a cluster that runs containers can show. */
export function containers(system: () => System): void {
  describe('the quickstart’s container', () => {
    let ws: Workspace
    beforeAll(async () => {
      ws = new Workspace(system(), 'containers')
      await ws.create()
    })
    afterAll(() => ws.remove())

    it('writes into its volume, and kubectl shows what it prints', async () => {
      await ws.kubectl('apply', '-f', join(REPOSITORY, 'examples/quickstart.yaml'))
      await ws.running('quickstart')
      const written = await until(() => ws.kubectl('logs', 'quickstart'), {
        what: 'the pod has printed a line',
        timeoutMs: 60_000,
      })
      expect(await ws.files('quickstart').read('/data/log')).toContain(written.split('\n')[0])
      await ws.kubectl('delete', 'storageclass', 'quickstart')
    })
  })
}
