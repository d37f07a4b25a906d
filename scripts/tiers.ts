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

export const verifyTiers: Tier[] = [
  check('format and lint', 'Biome over the tree', 'biome', 'check', '.', '--error-on-warnings'),
  check('lock file', 'every platform has its optional packages', 'tsx', 'scripts/check-lock.ts'),
  check('generate', 'what is generated and not kept in git', 'turbo', 'run', 'generate', '--output-logs=errors-only'),
  check(
    'generated code',
    'proto code equals what its sources give',
    'npm',
    'run',
    '-s',
    'check:fresh',
    '-w',
    'packages/proto',
  ),
  check(
    'migrations',
    'the migrations lead to the Prisma schema',
    'npm',
    'run',
    '-s',
    'check:migrations',
    '-w',
    'apps/control-plane',
  ),
  check('types', 'TypeScript, strict, every workspace', 'turbo', 'run', 'typecheck', '--output-logs=errors-only'),
  check('import direction', 'arrows of the house style', 'tsx', 'scripts/check-imports.ts'),
  check('docs', 'paths that documents name exist', 'tsx', 'scripts/check-docs.ts'),
  check('unused code', 'knip: files, exports, dependencies', 'knip'),
  { name: 'unit', about: 'unit and property tests', kind: 'vitest', argv: ['vitest', 'run'] },
]

export const testTiers: Tier[] = [
  ...verifyTiers,
  check('build', 'bundles of the apps and the dashboard', 'turbo', 'run', 'build', '--output-logs=errors-only'),
  {
    name: 'dashboard',
    about: 'Playwright on Debian’s Chromium against a fixture API',
    kind: 'playwright',
    argv: ['playwright', 'test', '-c', 'e2e/dashboard/playwright.config.ts'],
    skip: () => noBrowser(),
  },
  {
    name: 'VM nodes',
    about: 'real LVM, disks and file systems in a QEMU VM',
    kind: 'vitest',
    argv: ['vitest', 'run', '-c', 'e2e/vitest.config.ts'],
    skip: () => noVm(),
  },
  {
    name: 'scenarios',
    about: 'the real Kubernetes: kubectl, kubelet, kube-scheduler, provisioner, browser',
    kind: 'vitest',
    argv: ['vitest', 'run', '-c', 'e2e/scenarios/vitest.config.ts'],
    skip: () => noVm() ?? noBrowser(),
  },
]

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
