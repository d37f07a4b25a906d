import { join, resolve } from 'node:path'
import { Command } from 'commander'
import { buildApps } from './build-apps.ts'
import { isCached } from './cache.ts'
import { dataRoot } from './home-directory.ts'
import { kubernetesBinariesKey } from './kubernetes-binaries.ts'
import { lineProgress, type Progress } from './progress.ts'
import { startSimulatedSystem } from './simulated-system.ts'
import { parseSize } from './size.ts'
import { startSystem } from './system.ts'

interface Flags {
  real: boolean
  nodes: number
  disks: string[]
  data: string
  fresh: boolean
}

/** What runs, whatever it is made of. */
interface Running {
  welcome: string
  crashed: Promise<Error>
  stop(): Promise<void>
}

/** `npm start`: a cluster with all of ours on it, simulated or real, until Ctrl-C. */
async function main(): Promise<void> {
  const flags = parseFlags()
  const stopRequested = signalled()
  const progress = lineProgress()
  if (flags.real && !(await isCached({ kind: 'kubernetes', key: await kubernetesBinariesKey() })))
    process.stderr.write(
      'The first start takes about 15 minutes, most of it compiling Kubernetes; later ones take seconds.\n',
    )

  await buildApps(progress)
  const starting = flags.real ? startReal(flags, progress) : startSimulated(flags, progress)
  // Until everything is up, Ctrl-C ends this process, and the kernel ends all children with it.
  const running = await Promise.race([starting, stopRequested.then(() => undefined)])
  if (!running) return finish(130)

  process.stdout.write(running.welcome)
  const crash = await Promise.race([stopRequested, running.crashed])
  if (crash) process.stderr.write(`${crash.message}\n`)
  const step = progress.step('stop')
  await running.stop()
  step.done()
  finish(crash ? 1 : 0)
}

async function startReal({ nodes, disks, data, fresh }: Flags, progress: Progress): Promise<Running> {
  const system = await startSystem({ nodes, disks, dataDir: data, fresh, durable: true, dashboard: true, progress })
  const { cluster, openLocal } = system
  const machines = cluster.nodes.map((node) => node.vm.process.crashed)
  return {
    welcome: welcome({
      dashboard: openLocal.dashboardUrl,
      kubeconfig: cluster.kubeconfigPath,
      kubectl: join(cluster.binaries, 'kubectl'),
    }),
    crashed: Promise.race([cluster.controlPlane.crashed, openLocal.crashed, ...machines]),
    stop: system.stop,
  }
}

async function startSimulated({ nodes, disks, data, fresh }: Flags, progress: Progress): Promise<Running> {
  const system = await startSimulatedSystem({ nodes, disks, dataDir: data, fresh, dashboard: true, progress })
  return {
    welcome: welcome({
      dashboard: system.dashboardUrl,
      kubeconfig: system.kubeconfigPath,
      kubectl: 'npm run kubectl --',
      note: 'A simulated cluster: pods get their nodes and volumes, and no containers run. npm start -- --real is Kubernetes.',
    }),
    crashed: system.crashed,
    stop: system.stop,
  }
}

/** Sockets that are kept open for reuse would hold the process for a while. */
function finish(code: number): never {
  process.exit(code)
}

function parseFlags(): Flags {
  const command = new Command('npm start --')
    .description('Starts a cluster with Open-Local on it: simulated, or a real Kubernetes in virtual machines.')
    .option(
      '--real',
      'a real Kubernetes 1.36 with virtual machines as nodes; needs Debian 12, Go and, once, root',
      false,
    )
    .option('--nodes <count>', 'how many nodes (default: 3, or 1 real one)')
    .option('--sim <count>', 'that many simulated nodes, as --nodes without --real')
    .option('--disks <size,size…>', 'the blank disks of each node (default: 100Gi,100Gi, or 8Gi,8Gi of a real one)')
    .option('--data <dir>', `where the cluster is kept (default: ${dataRoot()}-sim, or ${dataRoot()})`)
    .option('--fresh', 'begin with an empty cluster and blank disks', false)
    .showHelpAfterError()
  const flags = command
    .parse()
    .opts<{ real: boolean; nodes?: string; sim?: string; disks?: string; data?: string; fresh: boolean }>()
  const { real, fresh } = flags
  if (real && flags.sim !== undefined) command.error('--sim and --real are two kinds of cluster; name one of them')
  const count = Number(flags.sim ?? flags.nodes ?? (real ? 1 : 3))
  const most = real ? 9 : 200
  if (!Number.isInteger(count) || count < 1 || count > most)
    command.error(`--nodes takes a number from 1 to ${most}, not "${flags.sim ?? flags.nodes}"`)
  const disks = (flags.disks ?? (real ? '8Gi,8Gi' : '100Gi,100Gi')).split(',').filter(Boolean)
  for (const disk of disks) {
    try {
      parseSize(real ? disk : disk.replace(/:(ssd|hdd|nvme)$/, ''))
    } catch (error) {
      command.error(`--disks: ${(error as Error).message}`)
    }
  }
  // npm runs its scripts at the top of the checkout, and says where the person was.
  const data = resolve(process.env.INIT_CWD ?? '.', flags.data ?? (real ? dataRoot() : `${dataRoot()}-sim`))
  return { real, nodes: count, disks, data, fresh }
}

/** Resolves at the first Ctrl-C, SIGTERM or hang-up. Later ones change nothing: stopping is under way. */
function signalled(): Promise<undefined> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve(undefined))
  })
}

function welcome(told: { dashboard: string; kubeconfig: string; kubectl: string; note?: string }): string {
  return `
Dashboard   ${told.dashboard}
kubectl     export KUBECONFIG=${told.kubeconfig}
            (no kubectl at hand? ${told.kubectl})

Try         kubectl apply -f examples/quickstart.yaml
            kubectl get pvc,pv,pods,nls,nlv -o wide
            kubectl delete -f examples/quickstart.yaml
${told.note ? `\n${told.note}` : ''}
Ctrl-C stops everything; npm start finds it again.
`
}

main().catch((error: Error) => {
  process.stderr.write(`\n${process.env.DEBUG ? error.stack : error.message}\n`)
  process.exit(1)
})
