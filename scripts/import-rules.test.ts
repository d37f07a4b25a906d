import { expect, it } from 'vitest'
import { violationsOf } from './import-rules.ts'

const why = (file: string, source: string) => violationsOf(file, source).map((v) => `${v.line}: ${v.why}`)

it.each([
  ['apps/web/app/page.tsx', "import { x } from '@open-local/shared/api'"],
  ['apps/node-agent/src/main.ts', "import { KubeClient } from '@open-local/kube'"],
  ['apps/node-agent/src/host/run.ts', "import { spawn } from 'node:child_process'"],
  [
    'apps/control-plane/src/scheduling/fit.ts',
    "import { y } from './pools.ts'\nimport type { Z } from '@open-local/shared'",
  ],
  ['apps/control-plane/src/scheduling/fit.test.ts', "import fc from 'fast-check'"],
  ['bench/main.ts', "import { until } from '@open-local/e2e/until'"],
  ['apps/node-agent/test/host.vm.test.ts', "import { startVm } from '../../../e2e/harness/vm.ts'"],
])('lets %s be', (file, source) => expect(why(file, source)).toEqual([]))

it.each([
  ['apps/web/app/page.tsx', "import { K } from '@open-local/kube'", 'apps/web may import shared; not kube'],
  [
    'apps/node-agent/src/main.ts',
    "\nimport { a } from '../../control-plane/src/main.ts'",
    'a relative import leaves apps/node-agent',
  ],
  ['apps/node-agent/src/a.test.ts', "import { startVm } from '../../../e2e/harness/vm.ts'", 'leaves apps/node-agent'],
  ['apps/node-agent/src/main.ts', "import { l } from '@open-local/kube/config'", 'bundles no client-node'],
  [
    'apps/node-agent/src/volumes/reconcile.ts',
    "import {\n  spawn,\n} from 'node:child_process'",
    'commands run through host/',
  ],
  ['apps/control-plane/src/scheduling/fit.ts', "import { now } from '../cluster/clock.ts'", 'scheduling is pure'],
  ['apps/control-plane/src/scheduling/fit.ts', "import fs from 'node:fs'", 'scheduling is pure'],
  ['packages/shared/src/a.ts', "export * from '@open-local/kube'", 'no workspace of ours; not kube'],
  [
    'packages/kube/src/a.ts',
    ['const m = await import', "('@open-local/csi')"].join(''),
    'packages/kube may import shared; not csi',
  ],
])('refuses in %s: %s', (file, source, reason) => {
  const found = why(file, source)
  expect(found).toHaveLength(1)
  expect(found[0]).toContain(reason)
})
