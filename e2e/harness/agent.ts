import { request } from 'node:https'
import { join } from 'node:path'
import { kubeconfig } from '@open-local/devcluster/certificates'
import { AGENT_PORT } from './cluster.ts'
import { type ControlPlane, HOST_SEEN_FROM_VM } from './control-plane.ts'
import { NAMESPACE } from './helm.ts'
import type { Agent } from './open-local.ts'
import { REPOSITORY } from './paths.ts'
import { serviceAccountToken } from './service-account-token.ts'
import { until } from './until.ts'
import type { VmNode } from './vm-node.ts'

export const AGENT_BUNDLE = join(REPOSITORY, 'apps/node-agent/dist/agent.cjs')
const SERVICE_ACCOUNT = 'open-local-agent'
const DIR = '/run/open-local'
const LOG = '/var/log/open-local-agent.log'

/** Small heaps and no optimizing compiler: the agent's promise is to stay below 80 MB. */
const NODE_FLAGS = ['--max-semi-space-size=1', '--max-old-space-size=48', '--lite-mode']

/** Runs the agent, and runs it again when it ends, as long as the file `supervise` is there. */
const SUPERVISOR = `#!/bin/bash
cd ${DIR}
echo $$ > supervisor.pid
while :; do
  # shellcheck disable=SC1091
  (. ./environment; exec node ${NODE_FLAGS.join(' ')} agent.cjs $(cat arguments)) >> ${LOG} 2>&1 </dev/null &
  echo $! > agent.pid
  wait $!
  echo "supervisor: the agent ended with $?" >> ${LOG}
  [ -e supervise ] || break
  busybox usleep 500000
done
rm -f supervisor.pid agent.pid
`

export interface AgentOptions {
  driver?: string
  /** Start it again when it ends. Off for tests that kill it and look at what it left. */
  supervised?: boolean
  env?: Record<string, string>
  extraArgs?: string[]
}

/** Our node agent in a VM, with the identity that its DaemonSet would give it. */
export class NodeAgent implements Agent {
  readonly node: VmNode
  readonly #controlPlane: ControlPlane
  readonly #options: AgentOptions

  constructor(controlPlane: ControlPlane, node: VmNode, options: AgentOptions = {}) {
    this.node = node
    this.#controlPlane = controlPlane
    this.#options = options
  }

  get nodeName(): string {
    return this.node.name
  }

  machineRuns(): boolean {
    return this.node.running
  }

  /**
   * Copies the agent and its credentials into the VM, starts it, and resolves when it answers. Does nothing when it
   * runs. After a reboot of the VM, call it again.
   */
  async start(options: AgentOptions = {}): Promise<void> {
    const { node } = this
    if (await this.running()) return
    const { driver, supervised, env, extraArgs } = { ...this.#options, ...options }
    await this.#signal('KILL')
    const { authority, api } = this.#controlPlane
    const { metadata } = await until(() => api.get<{ metadata: { uid: string } }>(`/api/v1/nodes/${node.name}`), {
      what: `the kubelet has made the Node ${node.name}`,
      timeoutMs: 120_000,
    })
    const token = await serviceAccountToken(api, NAMESPACE, SERVICE_ACCOUNT, { name: node.name, uid: metadata.uid })
    const tls = await authority.issue({ commonName: SERVICE_ACCOUNT, hosts: [node.address, node.name, 'localhost'] })
    const server = api.server.replace('127.0.0.1', HOST_SEEN_FROM_VM)
    const args = [
      ...['--node-name', node.name, '--kubeconfig', `${DIR}/kubeconfig`, '--driver', driver ?? 'local.csi.aliyun.com'],
      ...['--kubelet-dir', '/var/lib/kubelet', '--listen', `0.0.0.0:${AGENT_PORT}`],
      ...['--tls-cert', `${DIR}/tls.crt`, '--tls-key', `${DIR}/tls.key`],
      ...(extraArgs ?? []),
    ]
    const files: Record<string, string> = {
      kubeconfig: kubeconfig(server, authority, { token }),
      'ca.crt': authority.certificatePem,
      'tls.crt': tls.certificate,
      'tls.key': tls.key,
      arguments: `${args.join(' ')}\n`,
      environment: Object.entries(env ?? {})
        .map(([name, value]) => `export ${name}=${JSON.stringify(value)}\n`)
        .join(''),
      supervisor: SUPERVISOR,
    }
    await node.vm.push(AGENT_BUNDLE, `${DIR}/agent.cjs`)
    const write = Object.entries(files).map(
      ([name, text]) => `cat > ${DIR}/${name} <<'END-OF-FILE'\n${text}END-OF-FILE\n`,
    )
    await node.exec(
      `umask 077; mkdir -p ${DIR}\n${write.join('')}${supervised === false ? 'rm -f' : 'touch'} ${DIR}/supervise
      (setsid bash ${DIR}/supervisor >/dev/null 2>&1 </dev/null &)`,
    )
    await this.#answers()
  }

  /** Asks the agent to end, and waits until it has. Safe to repeat. */
  async stop(): Promise<void> {
    await this.#signal('TERM')
  }

  /** Ends the agent as a crash would; it does not come back by itself. */
  async kill(): Promise<void> {
    await this.#signal('KILL')
  }

  /** The agent ends as by a crash, and its supervisor starts it again. */
  async crash(): Promise<void> {
    await this.node.exec(`kill -9 $(cat ${DIR}/agent.pid)`)
  }

  /** Whether its process is there. */
  async running(): Promise<boolean> {
    const { exitCode } = await this.node.exec(`[ -d /proc/$(cat ${DIR}/agent.pid)/fd ]`, { reject: false })
    return exitCode === 0
  }

  /** Resolves when the unsupervised agent has ended, e.g. by a crash point. */
  async ended(timeoutMs = 60_000): Promise<void> {
    await until(async () => !(await this.running()), { what: `the agent of ${this.node.name} has ended`, timeoutMs })
  }

  async log(): Promise<string> {
    return (await this.node.exec(`cat ${LOG} 2>/dev/null || true`)).stdout
  }

  /** Any answer will do: without an identity it may well be a refusal. */
  async #answers(): Promise<void> {
    const { node } = this
    const ca = this.#controlPlane.authority.certificatePem
    try {
      await until(
        () =>
          new Promise<boolean>((resolve, reject) => {
            const url = { host: node.address, port: AGENT_PORT, path: '/healthz', ca, agent: false, timeout: 10_000 }
            const call = request(url, (response) => resolve(response.resume().statusCode !== undefined))
            call
              .on('timeout', () => call.destroy(new Error('no answer')))
              .on('error', reject)
              .end()
          }),
        { what: `the agent of ${node.name} answers`, timeoutMs: 120_000, everyMs: 200 },
      )
    } catch (error) {
      throw new Error(`${(error as Error).message}\n${(await this.log()).split('\n').slice(-25).join('\n')}`)
    }
  }

  async #signal(signal: 'TERM' | 'KILL'): Promise<void> {
    await this.node.exec(
      `cd ${DIR} 2>/dev/null || exit 0
      rm -f supervise
      agent=$(cat agent.pid 2>/dev/null); supervisor=$(cat supervisor.pid 2>/dev/null)
      [ -n "$agent" ] && kill -${signal} $agent 2>/dev/null
      for i in $(seq 100); do [ -n "$supervisor" ] && [ -d /proc/$supervisor ] || exit 0; busybox usleep 100000; done
      kill -9 $agent $supervisor`,
    )
  }
}
