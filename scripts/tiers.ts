import { execFileSync } from 'node:child_process'
import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The tiers of `npm test`, cheapest first. Each is one command; its results are read from the runner's JSON report. */
export interface Tier {
  name: string
  about: string
  /** `check`: one pass or fail by exit code. `vitest`, `playwright`: counted from the JSON report. */
  kind: 'check' | 'vitest' | 'playwright'
  argv: string[]
  /** Why it cannot run on this machine; undefined where it can. */
  skip?: () => string | undefined
}

const check = (name: string, about: string, ...argv: string[]): Tier => ({ name, about, kind: 'check', argv })
const inWorkspace = (workspace: string, script: string) => ['npm', 'run', '-s', script, '-w', workspace]
const turbo = (task: string) => ['turbo', 'run', task, '--output-logs=errors-only']

export const verifyTiers: Tier[] = [
  check('format', 'format and lint of the whole tree, by Biome', 'biome', 'check', '.', '--error-on-warnings'),
  check('lock', 'package-lock.json has the optional packages of every platform', 'tsx', 'scripts/check-lock.ts'),
  check('generate', 'make what is generated and not kept in git', ...turbo('generate')),
  check('fresh', 'generated code in git equals what its sources give', ...inWorkspace('packages/proto', 'check:fresh')),
  check('migrations', 'the migrations lead to the schema', ...inWorkspace('apps/control-plane', 'check:migrations')),
  check('types', 'TypeScript, strict, every workspace', ...turbo('typecheck')),
  check('types-scripts', 'TypeScript, strict, the scripts', 'tsc', '-p', 'scripts/tsconfig.json'),
  check('imports', 'imports point the way of the house style', 'tsx', 'scripts/check-imports.ts'),
  check('docs', 'paths that documents name exist', 'tsx', 'scripts/check-docs.ts'),
  check('knip', 'no unused file, export or dependency', 'knip'),
  { name: 'unit', about: 'unit and property tests', kind: 'vitest', argv: ['vitest', 'run'] },
]

export const testTiers: Tier[] = [
  ...verifyTiers,
  check('build', 'bundles of the apps, and the dashboard', ...turbo('build')),
  {
    name: 'devcluster',
    about: 'the simulated cluster: unmodified kubectl 1.32, 1.35, 1.36 and helm, and the scenarios',
    kind: 'vitest',
    argv: ['vitest', 'run', '-c', 'e2e/devcluster/vitest.config.ts'],
    skip: noLayerPrograms,
  },
  {
    name: 'vm-agent',
    about: 'the node agent on real LVM, disks and file systems, in a virtual machine',
    kind: 'vitest',
    argv: ['vitest', 'run', '-c', 'apps/node-agent/test/vitest.config.ts'],
    skip: noVm,
  },
  {
    name: 'vm-harness',
    about: 'virtual machines and the real Kubernetes themselves',
    kind: 'vitest',
    argv: ['vitest', 'run', '-c', 'e2e/vitest.config.ts'],
    skip: noVm,
  },
  {
    name: 'scenarios',
    about: 'kubectl and a browser on a real Kubernetes: scheduler, provisioner, kubelet, containers, LVM',
    kind: 'vitest',
    argv: ['vitest', 'run', '-c', 'e2e/scenarios/vitest.config.ts'],
    skip: () => {
      const reason = noVm()
      // Installs Chromium where it can; where it cannot, the one scenario that needs it says so.
      if (reason === undefined) noBrowser()
      return reason
    },
  },
  {
    name: 'dashboard',
    about: 'the dashboard in Debian’s Chromium, by Playwright',
    kind: 'playwright',
    argv: ['playwright', 'test', '-c', 'e2e/dashboard/playwright.config.ts'],
    skip: noBrowser,
  },
]

function noLayerPrograms(): string | undefined {
  const fits = process.platform === 'linux' && process.arch === 'x64'
  return fits ? undefined : 'needs Linux on x86-64, for which npm has the kubectl and helm programs'
}

function noVm(): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'needs Linux on x86-64 for VM nodes'
  if (!existsSync('/etc/debian_version')) return 'needs Debian 12: the VM image is built from its packages'
  const root = process.getuid?.() === 0
  if (!root && !onPath('qemu-system-x86_64')) return 'needs QEMU: run once as root, or apt-get install qemu-system-x86'
  if (!onPath('go') && !existsSync('/usr/local/go/bin/go'))
    return 'needs Go 1.26 to build Kubernetes: https://go.dev/dl'
  return undefined
}

/** Chromium is a Debian package: installed here when root, else a reason. */
function noBrowser(): string | undefined {
  if (existsSync('/usr/bin/chromium')) return undefined
  if (process.getuid?.() !== 0 || !onPath('apt-get'))
    return 'needs Chromium at /usr/bin/chromium: apt-get install chromium'
  try {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    execFileSync('apt-get', ['update', '-q'], { env, stdio: 'ignore' })
    execFileSync('apt-get', ['install', '-qy', '--no-install-recommends', 'chromium'], { env, stdio: 'ignore' })
    return undefined
  } catch (error) {
    return `Chromium could not be installed: ${error instanceof Error ? error.message : String(error)}`
  }
}

function onPath(command: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((dir) => {
    try {
      accessSync(join(dir, command), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
