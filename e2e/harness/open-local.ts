import { access, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { kubeconfig, writeCertificate } from '@open-local/devcluster/certificates'
import type { NodeLocalStorage } from '@open-local/shared'
import { AGENT_BUNDLE } from './agent.ts'
import type { ControlPlane } from './control-plane.ts'
import { installChart, NAMESPACE } from './helm.ts'
import { REPOSITORY } from './paths.ts'
import { type Progress, silentProgress } from './progress.ts'
import { serviceAccountToken } from './service-account-token.ts'
import type { Slot } from './slot.ts'
import { TetheredProcess } from './tethered-process.ts'
import { HopelessError, until } from './until.ts'

export const DRIVER = 'local.csi.aliyun.com'
const CONTROL_PLANE = join(REPOSITORY, 'apps/control-plane/dist/main.mjs')
const DASHBOARD = join(REPOSITORY, 'apps/web/.next/standalone/apps/web/server.js')
/** Service accounts of the chart. */
const CONTROLLER = 'open-local-controller'
const PROVISIONER = 'open-local-provisioner'

/** What of a cluster our control plane needs; it may start before there are nodes. */
export interface Host {
  controlPlane: ControlPlane
  dataDir: string
  /** Folder with csi-provisioner; absent where the cluster provisions by itself. */
  binaries?: string
  /** A devcluster, which has no server-side apply. */
  simulated?: boolean
  slot: Slot
}

/** A node agent of ours, wherever it runs. */
export interface Agent {
  nodeName: string
  /** Whether its machine is on. */
  machineRuns(): boolean
  /** Resolves when it answers. Does nothing when it runs. */
  start(): Promise<void>
  stop(): Promise<void>
  kill(): Promise<void>
  log(): Promise<string>
}

export interface Pool {
  name: string
  devices: string[]
}

export interface OpenLocalOptions {
  dashboard?: boolean
  /** VolumeGroups to make on every node from blank disks, by device path. Default: none. */
  pools?: Pool[]
  env?: Record<string, string>
  progress?: Progress
}

/** Our own programs on a cluster, started as the chart's workloads would be. */
export class OpenLocal {
  readonly apiUrl: string
  readonly dashboardUrl: string
  readonly agents: Agent[] = []
  readonly #host: Host
  readonly #options: OpenLocalOptions
  readonly #processes = new Map<string, TetheredProcess>()
  readonly #socket: string
  #controlPlaneArguments: string[] = []
  #stopped = false

  private constructor(host: Host, options: OpenLocalOptions) {
    this.#host = host
    this.#options = options
    this.apiUrl = `http://127.0.0.1:${host.slot.port(23001)}`
    this.dashboardUrl = `http://127.0.0.1:${host.slot.port(7080)}`
    this.#socket = join(host.dataDir, 'run', 'csi.sock')
    if (Buffer.byteLength(this.#socket) > 100)
      throw new Error(`The path ${this.#socket} is too long for a socket; name a shorter folder by --data.`)
  }

  /** Chart, control plane, provisioner and dashboard. Agents follow when there are nodes: `startAgent`. */
  static async start(host: Host, options: OpenLocalOptions = {}): Promise<OpenLocal> {
    const progress = options.progress ?? silentProgress
    await requireBuilt(CONTROL_PLANE, AGENT_BUNDLE, ...(options.dashboard ? [DASHBOARD] : []))
    const self = new OpenLocal(host, options)
    try {
      const chart = progress.step('helm chart')
      await installChart({
        kubeconfigPath: host.controlPlane.kubeconfigPath,
        dataDir: host.dataDir,
        values: { 'initConfig.vgs': options.pools ?? [] },
        serverSide: !host.simulated,
      })
      chart.done()
      const step = progress.step(
        options.dashboard ? 'our control plane, provisioner, dashboard' : 'our control plane, provisioner',
      )
      await self.#prepareControlPlane()
      if (options.dashboard) self.#startDashboard()
      await self.startControlPlane()
      if (host.binaries) self.startProvisioner(host.binaries)
      if (options.dashboard) await self.#answers('dashboard', self.dashboardUrl)
      step.done()
      return self
    } catch (error) {
      await self.stop()
      throw error
    }
  }

  /** Starts the agent of a node and resolves when the kubelet knows the driver and the node's pools can be used. */
  async startAgent(agent: Agent): Promise<void> {
    this.agents.push(agent)
    await agent.start()
    await Promise.all([this.#driverKnown(agent.nodeName), this.#poolsUsable(agent.nodeName)])
  }

  agent(nodeName: string): Agent {
    const found = this.agents.find((agent) => agent.nodeName === nodeName)
    if (!found) throw new Error(`there is no agent for node ${nodeName}`)
    return found
  }

  get controlPlane(): TetheredProcess {
    const found = this.#processes.get('control-plane')
    if (!found) throw new Error('our control plane was not started')
    return found
  }

  /** Starts our control plane, again after it was stopped or killed, and resolves when it says it is ready. */
  async startControlPlane(env: Record<string, string> = {}): Promise<void> {
    await rm(this.#socket, { force: true })
    this.#run('control-plane', process.execPath, [CONTROL_PLANE, ...this.#controlPlaneArguments], {
      ...this.#options.env,
      ...env,
    })
    await this.#answers('control-plane', `${this.apiUrl}/readyz`)
  }

  /** It ends when it loses the control plane's socket, and is started again, as a kubelet would. */
  startProvisioner(binaries: string): void {
    const started = this.#run(
      'csi-provisioner',
      join(binaries, 'csi-provisioner'),
      [
        ...[
          `--csi-address=${this.#socket}`,
          `--kubeconfig=${this.#kubeconfig(PROVISIONER)}`,
          '--leader-election=false',
        ],
        ...[
          '--feature-gates=Topology=true',
          '--strict-topology',
          '--immediate-topology=false',
          '--volume-name-prefix=local',
        ],
        ...['--extra-create-metadata', '--default-fstype=ext4', '--retry-interval-start=500ms', '--timeout=60s'],
      ],
      { NAMESPACE, POD_NAME: PROVISIONER },
    )
    void started.crashed.then(async () => {
      await sleep(500)
      if (!this.#stopped) this.startProvisioner(binaries)
    })
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all(this.agents.map((agent) => (agent.machineRuns() ? agent.stop().catch(() => {}) : undefined)))
    for (const name of ['dashboard', 'csi-provisioner', 'control-plane']) await this.#processes.get(name)?.stop()
    await rm(this.#socket, { force: true })
  }

  /** Resolves with the reason when one of our programs ends without being asked to. */
  get crashed(): Promise<Error> {
    const ours = [...this.#processes.values()].filter(({ name }) => name !== 'csi-provisioner')
    return Promise.race(ours.map((child) => child.crashed))
  }

  /** So that pods with volumes can start. */
  async #driverKnown(nodeName: string): Promise<void> {
    const path = `/apis/storage.k8s.io/v1/csinodes/${nodeName}`
    await until(
      async () => {
        const { spec } = await this.#host.controlPlane.api.get<{ spec?: { drivers?: { name: string }[] } }>(path)
        return spec?.drivers?.some(({ name }) => name === DRIVER)
      },
      { what: `the kubelet of ${nodeName} knows ${DRIVER}`, timeoutMs: 120_000, everyMs: 200 },
    )
  }

  async #poolsUsable(nodeName: string): Promise<void> {
    const path = `/apis/csi.aliyun.com/v1alpha1/nodelocalstorages/${nodeName}`
    const wanted = (this.#options.pools ?? []).map(({ name }) => name)
    await until(
      async () => {
        const { status } = await this.#host.controlPlane.api.get<NodeLocalStorage>(path)
        return wanted.every((pool) => status?.filteredStorageInfo?.volumeGroups?.includes(pool))
      },
      { what: `node ${nodeName} offers ${wanted.join(', ') || 'what it has'}`, timeoutMs: 120_000, everyMs: 200 },
    )
  }

  async #prepareControlPlane(): Promise<void> {
    const { controlPlane, dataDir, slot } = this.#host
    const { authority, api, pkiDir } = controlPlane
    await mkdir(join(dataDir, 'run'), { recursive: true, mode: 0o700 })
    for (const account of [CONTROLLER, PROVISIONER]) {
      const token = await serviceAccountToken(api, NAMESPACE, account)
      await writeFile(this.#kubeconfig(account), kubeconfig(controlPlane.server, authority, { token }), { mode: 0o600 })
    }
    const tls = await writeCertificate(authority, pkiDir, 'extender', {
      commonName: 'open-local-extender',
      hosts: ['127.0.0.1', 'localhost'],
    })
    const ca = join(pkiDir, 'ca.crt')
    this.#controlPlaneArguments = [
      ...['--kubeconfig', this.#kubeconfig(CONTROLLER), '--driver', DRIVER, '--data', join(dataDir, 'history')],
      ...[
        '--csi-socket',
        this.#socket,
        '--api-listen',
        `127.0.0.1:${slot.port(23001)}`,
        '--agent-ca',
        ca,
        '--cluster-name',
        'open-local',
      ],
      ...['--extender-listen', `127.0.0.1:${slot.port(23000)}`, '--extender-client-ca', ca],
      ...['--extender-tls-cert', tls.certificatePath, '--extender-tls-key', tls.keyPath],
      ...(this.#host.simulated ? ['--lease-duration', '4'] : []),
    ]
  }

  #kubeconfig(account: string): string {
    return join(this.#host.dataDir, `${account}.kubeconfig`)
  }

  #startDashboard(): void {
    this.#run('dashboard', process.execPath, [DASHBOARD], {
      HOSTNAME: '127.0.0.1',
      PORT: String(this.#host.slot.port(7080)),
      OPEN_LOCAL_API: this.apiUrl,
      NEXT_TELEMETRY_DISABLED: '1',
    })
  }

  #run(name: string, command: string, args: string[], env: Record<string, string>): TetheredProcess {
    const logPath = join(this.#host.controlPlane.logDir, `${name}.log`)
    const started = new TetheredProcess(name, command, args, { logPath, env: { ...process.env, ...env } })
    this.#processes.set(name, started)
    return started
  }

  async #answers(name: string, url: string): Promise<void> {
    const child = this.#processes.get(name)!
    await until(
      async () => {
        if (!child.running) throw new HopelessError(`${name} has ended (${await child.exited}):\n${child.logTail()}`)
        const response = await fetch(url, { signal: AbortSignal.timeout(5_000) })
        await response.arrayBuffer()
        return response.ok
      },
      { what: `${name} answers at ${url} (see ${child.logPath})`, timeoutMs: 60_000 },
    )
  }
}

async function requireBuilt(...files: string[]): Promise<void> {
  for (const file of files) {
    await access(file).catch(() => {
      throw new Error(`${file.slice(REPOSITORY.length + 1)} is not built; run npm run build.`)
    })
  }
}
