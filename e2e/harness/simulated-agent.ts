import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { kubeconfig, writeCertificate } from '@open-local/devcluster/certificates'
import { AGENT_BUNDLE } from './agent.ts'
import { AGENT_PORT } from './cluster.ts'
import type { ControlPlane } from './control-plane.ts'
import { NAMESPACE } from './helm.ts'
import { type Agent, DRIVER } from './open-local.ts'
import { serviceAccountToken } from './service-account-token.ts'
import { TetheredProcess } from './tethered-process.ts'
import { until } from './until.ts'

const SERVICE_ACCOUNT = 'open-local-agent'
const RESTART_MS = 500

export interface SimulatedAgentOptions {
  controlPlane: ControlPlane
  nodeName: string
  /** On which it listens; every node has one of its own. */
  address: string
  /** For its credentials and its simulated machine. */
  dir: string
  kubeletDir: string
  disks: readonly string[]
}

/** Our node agent as a process of this machine, on a simulated one; started again when it ends by itself. */
export class SimulatedAgent implements Agent {
  readonly nodeName: string
  readonly stateDir: string
  readonly #options: SimulatedAgentOptions
  readonly #logPath: string
  #process: TetheredProcess | undefined
  #supervised = false

  constructor(options: SimulatedAgentOptions) {
    this.#options = options
    this.nodeName = options.nodeName
    this.stateDir = join(options.dir, 'machine')
    this.#logPath = join(options.controlPlane.logDir, `agent-${options.nodeName}.log`)
  }

  machineRuns(): boolean {
    return true
  }

  async start(): Promise<void> {
    if (this.#process?.running) return
    const { controlPlane, nodeName, address, dir, kubeletDir, disks } = this.#options
    const { api, authority } = controlPlane
    await mkdir(dir, { recursive: true, mode: 0o700 })
    const { metadata } = await until(() => api.get<{ metadata: { uid: string } }>(`/api/v1/nodes/${nodeName}`), {
      what: `there is a Node ${nodeName}`,
      timeoutMs: 30_000,
    })
    const token = await serviceAccountToken(api, NAMESPACE, SERVICE_ACCOUNT, { name: nodeName, uid: metadata.uid })
    const config = join(dir, 'kubeconfig')
    await writeFile(config, kubeconfig(controlPlane.server, authority, { token }), { mode: 0o600 })
    const hosts = [address, nodeName, 'localhost']
    const tls = await writeCertificate(authority, dir, 'agent', { commonName: SERVICE_ACCOUNT, hosts })
    this.#supervised = true
    this.#run([
      ...[AGENT_BUNDLE, '--simulate', '--sim-state', this.stateDir, '--sim-disks', disks.join(',')],
      ...['--node-name', nodeName, '--kubeconfig', config, '--driver', DRIVER, '--kubelet-dir', kubeletDir],
      ...['--listen', `${address}:${AGENT_PORT}`, '--tls-cert', tls.certificatePath, '--tls-key', tls.keyPath],
      ...['--mount-dir', join(dir, 'mounts')],
    ])
    await this.#answers(address)
  }

  async stop(): Promise<void> {
    this.#supervised = false
    await this.#process?.stop()
  }

  async kill(): Promise<void> {
    this.#supervised = false
    await this.#process?.kill()
  }

  log(): Promise<string> {
    return readFile(this.#logPath, 'utf8')
  }

  #run(args: string[]): void {
    const child = new TetheredProcess(`agent of ${this.nodeName}`, process.execPath, args, { logPath: this.#logPath })
    this.#process = child
    void child.crashed.then(async () => {
      await sleep(RESTART_MS)
      if (this.#supervised && this.#process === child) this.#run(args)
    })
  }

  /** Any answer will do: without an identity it may well be a refusal. */
  async #answers(host: string): Promise<void> {
    const ca = this.#options.controlPlane.authority.certificatePem
    await until(
      () =>
        new Promise<boolean>((resolve, reject) => {
          // Started again by itself; when it never stays, this is the reason that is told.
          if (!this.#process?.running)
            reject(new Error(`the agent of ${this.nodeName} has ended:\n${this.#process?.logTail()}`))
          const url = { host, port: AGENT_PORT, path: '/healthz', ca, agent: false, timeout: 5_000 }
          const call = request(url, (response) => resolve(response.resume().statusCode !== undefined))
          call
            .on('timeout', () => call.destroy(new Error('no answer')))
            .on('error', reject)
            .end()
        }),
      { what: `the agent of ${this.nodeName} answers (see ${this.#logPath})`, timeoutMs: 30_000, everyMs: 50 },
    )
  }
}
