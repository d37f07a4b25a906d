import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type AgentOptions, NodeAgent } from './agent.ts'
import { type Cluster, type ClusterOptions, type KubectlOptions, type KubectlResult, startCluster } from './cluster.ts'
import type { Machine, PodFiles } from './machine.ts'
import { type Host, OpenLocal, type OpenLocalOptions, type Pool } from './open-local.ts'
import { podFiles, VmMachine } from './vm-machine.ts'

export interface SystemOptions extends Omit<ClusterOptions, 'extender' | 'onApiReady'>, OpenLocalOptions {
  agent?: AgentOptions
}

/** A program of ours that a test may kill as a crash would, and start again. */
export interface Killable {
  /** SIGKILL; resolves when it is gone. It stays dead until `start`. */
  kill(): Promise<void>
  /** Resolves when it answers. Does nothing when it runs. */
  start(): Promise<void>
}

/** A cluster with all of ours on it, as a user has it: what scenarios may use, whatever the cluster is made of. */
export interface System extends AsyncDisposable {
  /** Runs kubectl as administrator. Throws on failure unless `reject` is false. */
  kubectl(args: string[], options?: KubectlOptions): Promise<KubectlResult>
  /** The API server's answer to a GET, as administrator. */
  get<T>(path: string): Promise<T>
  /** Of the API server. */
  server: string
  dashboardUrl: string
  machines: Machine[]
  agent(machine: Machine): Killable
  controlPlane: Killable
  podFiles(namespace: string, pod: string): PodFiles
  /** The last lines of our programs' logs, for the message of a failed test. */
  logs(): Promise<string>
  stop(): Promise<void>
}

/** A real Kubernetes with all of ours on it. */
export interface RealSystem extends System {
  cluster: Cluster
  openLocal: OpenLocal
}

/**
 * Brings up a cluster, our chart, control plane, provisioner, agents and, if asked for, the dashboard.
 * Each disk becomes a VolumeGroup of its own unless `pools` says otherwise.
 */
export async function startSystem(options: SystemOptions = {}): Promise<RealSystem> {
  let openLocal: OpenLocal | undefined
  let cluster: Cluster | undefined
  let host: Host | undefined
  const stop = async (): Promise<void> => {
    await openLocal?.stop()
    await cluster?.stop()
  }
  try {
    cluster = await startCluster({
      ...options,
      extender: true,
      onApiReady: async (up: Host) => {
        host = up
        openLocal = await OpenLocal.start(up, { pools: poolPerDisk(options.disks?.length ?? 0), ...options })
      },
      onNodeUp: async (node) => {
        const step = options.progress?.step(`agent of ${node.name}`)
        if (host) await openLocal?.startAgent(new NodeAgent(host.controlPlane, node, options.agent))
        step?.done()
      },
    })
    if (!openLocal) throw new Error('our control plane was not started')
    const [running, up] = [openLocal, cluster]
    const { logDir, server } = up.controlPlane
    return {
      cluster,
      openLocal,
      kubectl: up.kubectl,
      get: up.get,
      server,
      dashboardUrl: running.dashboardUrl,
      machines: up.nodes.map((node) => new VmMachine(up, node)),
      agent: ({ name }) => running.agent(name),
      podFiles: (namespace, pod) => podFiles(up, namespace, pod),
      controlPlane: {
        kill: () => running.controlPlane.kill(),
        start: async () => {
          if (!running.controlPlane.running) await running.startControlPlane()
        },
      },
      logs: () => lastLines(running, logDir),
      stop,
      [Symbol.asyncDispose]: stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** open-local-pool-0 on /dev/sda, open-local-pool-1 on /dev/sdb…: SCSI disks have letters in the order of plugging. */
export function poolPerDisk(disks: number): Pool[] {
  return Array.from({ length: disks }, (_, at) => ({
    name: `open-local-pool-${at}`,
    devices: [`/dev/sd${String.fromCharCode(97 + at)}`],
  }))
}

export async function lastLines(openLocal: OpenLocal, logDir: string): Promise<string> {
  const parts: string[] = []
  const add = (name: string, text: string): unknown =>
    parts.push(`--- ${name}`, ...text.trimEnd().split('\n').slice(-25))
  for (const name of ['control-plane', 'csi-provisioner', 'dashboard']) {
    const path = join(logDir, `${name}.log`)
    if (
      await access(path).then(
        () => true,
        () => false,
      )
    )
      add(name, await readFile(path, 'utf8'))
  }
  for (const agent of openLocal.agents) {
    if (agent.machineRuns()) add(`agent of ${agent.nodeName}`, await agent.log().catch((error: Error) => error.message))
  }
  return parts.join('\n')
}
