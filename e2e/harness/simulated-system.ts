import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CertificateAuthority } from '@open-local/devcluster/certificates'
import { execa } from 'execa'
import type { KubectlOptions, KubectlResult } from './cluster.ts'
import { API_PORT, type ControlPlane, extenderConfig } from './control-plane.ts'
import { KubeApi } from './kube-api.ts'
import { ensureLayerProgram } from './layer-programs.ts'
import { OpenLocal } from './open-local.ts'
import { REPOSITORY } from './paths.ts'
import { type Progress, silentProgress } from './progress.ts'
import { SimulatedAgent } from './simulated-agent.ts'
import { SimulatedMachine, simulatedPodFiles } from './simulated-machine.ts'
import { freeSlot } from './slot.ts'
import { lastLines, poolPerDisk, type System } from './system.ts'
import { TetheredProcess } from './tethered-process.ts'
import { HopelessError, until } from './until.ts'
import { keptWorkDir, temporaryWorkDir } from './work-dir.ts'

const DEVCLUSTER = join(REPOSITORY, 'packages/devcluster/src/main.ts')

/** By it the dashboard says which nodes are simulated. */
const SHOWN_AS_SIMULATED = { 'csi.aliyun.com/simulated': 'true' }

export interface SimulatedSystemOptions {
  nodes?: number
  /** Sizes, with `:hdd` or `:nvme` for another medium than SSD. */
  disks?: readonly string[]
  /** Kept, with everything in the cluster; without it the cluster is temporary. */
  dataDir?: string
  fresh?: boolean
  dashboard?: boolean
  /** Folder of the upstream csi-provisioner, to run it in place of the stand-in. */
  binaries?: string
  progress?: Progress
}

export interface SimulatedSystem extends System {
  kubeconfigPath: string
  openLocal: OpenLocal
  machines: SimulatedMachine[]
  /** As administrator, who may ask for faults too. */
  api: KubeApi
  /** Resolves with the reason when a program ends without being asked to. */
  crashed: Promise<Error>
}

/** The devcluster with all of ours on it: our own programs, on simulated machines. Needs neither root nor Linux. */
export async function startSimulatedSystem(options: SimulatedSystemOptions = {}): Promise<SimulatedSystem> {
  const { nodes = 3, disks = ['100Gi', '100Gi'], dashboard = false, progress = silentProgress } = options
  const work = options.dataDir ? await keptWorkDir(options.dataDir) : await temporaryWorkDir()
  const slot = await freeSlot()
  const undo: (() => Promise<void>)[] = [async () => slot.release(), () => work.release()]
  const stop = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step().catch((error) => console.error(error))
  }
  try {
    const dataDir = work.path
    if (options.fresh)
      for (const name of [
        'state.jsonl',
        'pki',
        'admin-token',
        'k',
        'nodes',
        'log',
        'run',
        'history',
        'installed-chart',
      ])
        await rm(join(dataDir, name), { recursive: true, force: true })
    const names = Array.from({ length: nodes }, (_, at) => `sim-node-${at + 1}`)
    const kubeletDir = (node: string): string => join(dataDir, 'k', node)
    const address = (node: string): string =>
      process.platform === 'linux' ? slot.address(names.indexOf(node) + 1) : '127.0.0.1'

    const clusterStep = progress.step('simulated cluster (devcluster; no containers are run)')
    const authority = await CertificateAuthority.ensure(join(dataDir, 'pki'), 'ca')
    const config = join(dataDir, 'devcluster.json')
    const settings = {
      nodes: names.map((name) => ({ name, address: address(name), dir: kubeletDir(name), labels: SHOWN_AS_SIMULATED })),
      extenders: [await extenderConfig(`127.0.0.1:${slot.port(23000)}`, authority, join(dataDir, 'pki'))],
      ...(options.binaries
        ? {}
        : { provisioner: { socket: join(dataDir, 'run', 'csi.sock'), volumeNamePrefix: 'local' } }),
    }
    await writeFile(config, JSON.stringify(settings), { mode: 0o600 })
    const logDir = join(dataDir, 'log')
    await mkdir(logDir, { recursive: true, mode: 0o700 })
    const args = [DEVCLUSTER, '--data', dataDir, '--port', String(slot.port(API_PORT)), '--config', config]
    const cluster = new TetheredProcess('devcluster', process.execPath, args, {
      logPath: join(logDir, 'devcluster.log'),
    })
    undo.push(() => cluster.stop())
    const controlPlane = await connect(cluster, `https://127.0.0.1:${slot.port(API_PORT)}`, authority, dataDir, logDir)
    undo.push(async () => controlPlane.api.close())
    clusterStep.done()

    const pools = poolPerDisk(disks.length)
    const openLocal = await OpenLocal.start(
      { controlPlane, dataDir, slot, simulated: true, binaries: options.binaries },
      { pools, dashboard, progress },
    )
    undo.push(() => openLocal.stop())
    const agentsStep = progress.step(`node agents of ${names.join(', ')}`)
    const agents = names.map(
      (nodeName) =>
        new SimulatedAgent({
          ...{ controlPlane, nodeName, address: address(nodeName), dir: join(dataDir, 'nodes', nodeName) },
          ...{ kubeletDir: kubeletDir(nodeName), disks },
        }),
    )
    await Promise.all(agents.map((agent) => openLocal.startAgent(agent)))
    agentsStep.done()
    const { kubeconfigPath, api, server } = controlPlane
    return {
      kubeconfigPath,
      openLocal,
      api,
      crashed: Promise.race([cluster.crashed, openLocal.crashed]),
      kubectl: (args, kubectlOptions) => kubectl(kubeconfigPath, args, kubectlOptions),
      get: (path) => api.get(path),
      server,
      dashboardUrl: openLocal.dashboardUrl,
      machines: agents.map((agent) => new SimulatedMachine(api, agent.nodeName, agent.stateDir)),
      agent: ({ name }) => openLocal.agent(name),
      controlPlane: {
        kill: () => openLocal.controlPlane.kill(),
        start: async () => {
          if (!openLocal.controlPlane.running) await openLocal.startControlPlane()
        },
      },
      podFiles: (namespace, pod) => simulatedPodFiles(api, kubeletDir, namespace, pod),
      logs: async () => `${await lastLines(openLocal, logDir)}\n--- devcluster\n${cluster.logTail(25)}`,
      stop,
      [Symbol.asyncDispose]: stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

async function connect(
  cluster: TetheredProcess,
  server: string,
  authority: CertificateAuthority,
  dataDir: string,
  logDir: string,
): Promise<ControlPlane> {
  const admin = await authority.issue({ organization: 'system:masters', commonName: 'open-local-admin' })
  const api = new KubeApi(server, authority.certificatePem, admin)
  await until(
    async () => {
      if (!cluster.running)
        throw new HopelessError(`the devcluster has ended (${await cluster.exited}):\n${cluster.logTail()}`)
      return (await api.get<string>('/readyz')) === 'ok'
    },
    { what: `the devcluster serves (see ${cluster.logPath})`, timeoutMs: 60_000, everyMs: 20 },
  )
  return {
    server,
    authority,
    api,
    kubeconfigPath: join(dataDir, 'kubeconfig'),
    pkiDir: join(dataDir, 'pki'),
    logDir,
    crashed: cluster.crashed,
    stop: () => cluster.stop(),
  }
}

async function kubectl(config: string, args: string[], options: KubectlOptions = {}): Promise<KubectlResult> {
  const program = await ensureLayerProgram('kubectl', 36)
  const { stdout, stderr, exitCode } = await execa(program, [`--kubeconfig=${config}`, ...args], {
    reject: options.reject ?? true,
    timeout: options.timeoutMs ?? 180_000,
    ...(options.input === undefined ? { stdin: 'ignore' } : { input: options.input }),
  })
  return { stdout, stderr, exitCode }
}
