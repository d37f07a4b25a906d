import { join, resolve } from 'node:path'
import { Command } from 'commander'
import { buildApps } from './build-apps.ts'
import { isCached } from './cache.ts'
import { dataRoot } from './home-directory.ts'
import { kubernetesBinariesKey } from './kubernetes-binaries.ts'
import { lineProgress } from './progress.ts'
import { parseSize } from './size.ts'
import { type RealSystem, startSystem } from './system.ts'

interface Flags {
  nodes: number
  disks: string[]
  data: string
  fresh: boolean
}

/** `npm start`: a real cluster with all of ours on it, until Ctrl-C. */
async function main(): Promise<void> {
  const flags = parseFlags()
  const stopRequested = signalled()
  const progress = lineProgress()
  if (!(await isCached({ kind: 'kubernetes', key: await kubernetesBinariesKey() })))
    process.stderr.write(
      'The first start takes about 15 minutes, most of it compiling Kubernetes; later ones take seconds.\n',
    )

  await buildApps(progress)
  const starting = startSystem({
    nodes: flags.nodes,
    disks: flags.disks,
    dataDir: flags.data,
    fresh: flags.fresh,
    durable: true,
    dashboard: true,
    progress,
  })
  // Until everything is up, Ctrl-C ends this process, and the kernel ends all children with it.
  const system = await Promise.race([starting, stopRequested.then(() => undefined)])
  if (!system) return finish(130)

  process.stdout.write(welcome(system))
  const machines = system.cluster.nodes.map((node) => node.vm.process.crashed)
  const crash = await Promise.race([
    stopRequested,
    system.cluster.controlPlane.crashed,
    system.openLocal.crashed,
    ...machines,
  ])
  if (crash) process.stderr.write(`${crash.message}\n`)
  const step = progress.step('stop')
  await system.stop()
  step.done()
  finish(crash ? 1 : 0)
}

/** Sockets that are kept open for reuse would hold the process for a while. */
function finish(code: number): never {
  process.exit(code)
}

function parseFlags(): Flags {
  const command = new Command('npm start --')
    .description('Starts a real Kubernetes with virtual machines as nodes, and Open-Local on it.')
    .option('--nodes <count>', 'how many nodes', '1')
    .option('--disks <size,size…>', 'the blank disks of each node', '8Gi,8Gi')
    .option('--data <dir>', 'where the cluster is kept', dataRoot())
    .option('--fresh', 'begin with an empty cluster and blank disks', false)
    .showHelpAfterError()
  const { nodes, disks, data, fresh } = command
    .parse()
    .opts<{ nodes: string; disks: string; data: string; fresh: boolean }>()
  const count = Number(nodes)
  if (!Number.isInteger(count) || count < 1 || count > 9)
    command.error(`--nodes takes a number from 1 to 9, not "${nodes}"`)
  const sizes = disks.split(',').filter(Boolean)
  for (const size of sizes) {
    try {
      parseSize(size)
    } catch (error) {
      command.error(`--disks: ${(error as Error).message}`)
    }
  }
  // npm runs its scripts at the top of the checkout, and says where the person was.
  return { nodes: count, disks: sizes, data: resolve(process.env.INIT_CWD ?? '.', data), fresh }
}

/** Resolves at the first Ctrl-C, SIGTERM or hang-up. Later ones change nothing: stopping is under way. */
function signalled(): Promise<undefined> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve(undefined))
  })
}

function welcome({ cluster, openLocal }: RealSystem): string {
  return `
Dashboard   ${openLocal.dashboardUrl}
kubectl     export KUBECONFIG=${cluster.kubeconfigPath}
            (no kubectl at hand? ${join(cluster.binaries, 'kubectl')})

Try         kubectl apply -f examples/quickstart.yaml
            kubectl get pvc,pv,pods,nls,nlv -o wide
            kubectl delete -f examples/quickstart.yaml

Ctrl-C stops everything; npm start finds it again.
`
}

main().catch((error: Error) => {
  process.stderr.write(`\n${process.env.DEBUG ? error.stack : error.message}\n`)
  process.exit(1)
})
