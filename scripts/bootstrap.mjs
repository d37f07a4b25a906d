// Runs with whatever Node there is (20 or newer) and no packages: installs the locked ones when they are missing or
// stale, then hands over to the Node version that they bring.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const PROGRAMS = {
  start: 'e2e/harness/main.ts',
  test: 'scripts/test.ts',
  verify: 'scripts/verify.ts',
  bench: 'bench/main.ts',
  chaos: 'e2e/chaos/main.ts',
  kubectl: 'e2e/harness/kubectl.ts',
}

const repository = dirname(dirname(fileURLToPath(import.meta.url)))
const modules = join(repository, 'node_modules')
const [name = '', ...args] = process.argv.slice(2)
const program = PROGRAMS[name]
if (!program) fail(`usage: bootstrap.mjs ${Object.keys(PROGRAMS).join('|')} [arguments]`)

installWhenStale()
handOver(join(modules, '.bin/node'), ['--import', 'tsx', join(repository, program), ...args])

/** node_modules holds exactly what package-lock.json says; a stamp in it remembers for which one. */
function installWhenStale() {
  const lock = createHash('sha256')
    .update(readFileSync(join(repository, 'package-lock.json')))
    .digest('hex')
  const stamp = join(modules, '.open-local-lock')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return
  console.error('Installing the npm dependencies of package-lock.json…')
  // Without install scripts: better-sqlite3 would be compiled, which needs a compiler, although it brings what it needs.
  // Only the package `node` cannot do without its own. Warnings are about the Node that is not used for long.
  npm('ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error')
  npm('rebuild', 'node', '--foreground-scripts=false', '--loglevel=error')
  writeFileSync(stamp, lock)
}

function npm(...args) {
  const { error, status } = spawnSync('npm', args, { cwd: repository, stdio: 'inherit' })
  if (error) fail(`npm is needed: ${error.message}`)
  if (status !== 0) fail(`npm ${args[0]} failed; what it said stands above.`)
}

/** Runs the program in this one's place: its signals, its exit code. */
function handOver(node, programArguments) {
  // A session of its own: Ctrl-C in a terminal reaches this process, which passes it on, and so the program gets it
  // once. Should this process be killed, the program is asked to stop.
  const tether = spawnSync('setpriv', ['--version']).status === 0 ? ['setpriv', '--pdeathsig', 'TERM'] : []
  const [command, ...rest] = [...tether, node, ...programArguments]
  const env = { ...process.env, PATH: `${join(modules, '.bin')}:${process.env.PATH}` }
  const child = spawn(command, rest, { stdio: 'inherit', detached: true, cwd: repository, env })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => fail(`cannot start ${command}: ${error.message}`))
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]))
}

function fail(message) {
  console.error(message)
  process.exit(1)
}
