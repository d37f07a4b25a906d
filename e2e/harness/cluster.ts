/**
 * The harness: Kubernetes alone (here), bare machines (`vm-node-standalone.ts`), and all of ours on it (`system.ts`),
 * which `npm start` (`main.ts`) and the scenarios use. What runs inside the machines lies in `guest/`.
 */

import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { CertificateAuthority, kubeconfig } from '@open-local/devcluster/certificates'
import { execa } from 'execa'
import { API_PORT, type ControlPlane, HOST_SEEN_FROM_VM, startControlPlane } from './control-plane.ts'
import { ensureDebianPackages, RUN_PACKAGES } from './debian-packages.ts'
import { ensureKubernetesBinaries } from './kubernetes-binaries.ts'
import { type Progress, silentProgress } from './progress.ts'
import { freeSlot, type Slot } from './slot.ts'
import { until } from './until.ts'
import { type DiskRequest, VmNode } from './vm-node.ts'
import { ensureVmTemplate, type VmTemplate } from './vm-template.ts'
import { keptWorkDir, temporaryWorkDir } from './work-dir.ts'

/** Guest ports that appear on a node's loopback address: the kubelet's, and the agent's. */
const KUBELET_PORT = 10250
export const AGENT_PORT = 9808

export interface ClusterOptions {
  nodes?: number
  /** Blank disks of each node. */
  disks?: (string | DiskRequest)[]
  /** Kept, with everything in the cluster; without it the cluster is temporary. */
  dataDir?: string
  /** Begins with an empty cluster and blank disks. */
  fresh?: boolean
  /** Survives a power cut of the host, at the price of speed. */
  durable?: boolean
  /** kube-scheduler asks our extender (see `open-local.ts`), and schedules nothing while it is down. Default: no. */
  extender?: boolean
  /** Runs udevd in the nodes. */
  udev?: boolean
  progress?: Progress
  /** Runs for each node when its machine and the API server are up, and `onApiReady` has ended; it may not be Ready. */
  onNodeUp?(node: VmNode, controlPlane: ControlPlane): Promise<void>
  /** Runs as soon as the API server is ready, while the nodes still boot. */
  onApiReady?(host: { controlPlane: ControlPlane; dataDir: string; binaries: string; slot: Slot }): Promise<void>
}

export interface KubectlOptions {
  input?: string
  /** Return instead of throwing when kubectl fails. */
  reject?: boolean
  timeoutMs?: number
}

export interface KubectlResult {
  stdout: string
  stderr: string
  exitCode: number | undefined
}

/** A real Kubernetes 1.36: control plane on the host, each node a virtual machine with kubelet and containerd. */
export interface Cluster extends AsyncDisposable {
  controlPlane: ControlPlane
  kubeconfigPath: string
  nodes: VmNode[]
  dataDir: string
  /** Folder with etcd, kube-apiserver, kubectl, csi-provisioner… */
  binaries: string
  /** Addresses and ports of this cluster. */
  slot: Slot
  /** Runs kubectl as administrator. Throws on failure unless `reject` is false. */
  kubectl(args: string[], options?: KubectlOptions): Promise<KubectlResult>
  /** The API server's answer to a GET, as administrator. */
  get<T>(path: string): Promise<T>
  /** Resolves when the node has told the API server, since it was turned on, that it is Ready. */
  nodeReady(node: VmNode): Promise<void>
  stop(): Promise<void>
}

/**
 * Brings a cluster up, building and caching what is missing, and resolves when every node is Ready.
 * It stops with `stop()`, or with this process, however that ends.
 */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const progress = options.progress ?? silentProgress
  await ensureDebianPackages(RUN_PACKAGES, progress)
  const binaries = await ensureKubernetesBinaries(progress)
  const template = await ensureVmTemplate('kubernetes', progress, options.udev)

  const work = options.dataDir ? await keptWorkDir(options.dataDir) : await temporaryWorkDir()
  const slot = await freeSlot()
  const undo: (() => Promise<void>)[] = [async () => slot.release(), () => work.release()]
  const stop = async (): Promise<void> => {
    // What was started last stops first; each step runs even when an earlier one fails.
    for (const step of undo.splice(0).reverse()) await step().catch((error) => console.error(error))
  }
  try {
    if (options.fresh)
      for (const name of ['etcd', 'pki', 'nodes', 'log', 'run', 'history', 'installed-chart'])
        await rm(join(work.path, name), { recursive: true, force: true })
    const authority = await CertificateAuthority.ensure(join(work.path, 'pki'), 'ca')
    const bootedAt = new Map<string, number>()
    const nodes = Array.from({ length: options.nodes ?? 1 }, (_, at) =>
      createNode(at + 1, { template, slot, authority, dataDir: work.path, disks: options.disks ?? [], bootedAt }),
    )
    undo.push(() => together(nodes.map((node) => node.powerOff())))
    const controlPlaneStep = progress.step('etcd, kube-apiserver, kube-controller-manager, kube-scheduler')
    const startingControlPlane = startControlPlane({
      binaries,
      authority,
      dataDir: work.path,
      slot,
      durable: options.durable ?? false,
      ...(options.extender ? { extender: `127.0.0.1:${slot.port(23000)}` } : {}),
    }).then(async (controlPlane) => {
      // Below the nodes: they go first, the API server last.
      undo.splice(2, 0, () => controlPlane.stop())
      controlPlaneStep.done()
      await options.onApiReady?.({ controlPlane, dataDir: work.path, binaries, slot })
      return controlPlane
    })
    // The machines boot meanwhile; their kubelets ask until the API server answers.
    await together([startingControlPlane, ...nodes.map((node) => node.start())])
    const controlPlane = await startingControlPlane
    const nodeReady = (node: VmNode): Promise<void> => awaitReady(controlPlane, node, bootedAt)
    const nodeStep = progress.step(`virtual machines ${nodes.map(({ name }) => name).join(', ')}`)
    await together(nodes.map(nodeReady).concat(nodes.map(async (node) => options.onNodeUp?.(node, controlPlane))))
    nodeStep.done('Ready')
    return {
      controlPlane,
      kubeconfigPath: controlPlane.kubeconfigPath,
      nodes,
      dataDir: work.path,
      binaries,
      slot,
      kubectl: (args, kubectlOptions) =>
        kubectl(join(binaries, 'kubectl'), controlPlane.kubeconfigPath, args, kubectlOptions),
      get: (path) => controlPlane.api.get(path),
      nodeReady,
      stop,
      [Symbol.asyncDispose]: stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

interface NodeContext {
  template: VmTemplate
  slot: Slot
  authority: CertificateAuthority
  dataDir: string
  disks: (string | DiskRequest)[]
  bootedAt: Map<string, number>
}

function createNode(index: number, context: NodeContext): VmNode {
  const { authority, slot } = context
  const apiPort = slot.port(API_PORT)
  const name = `n${index}`
  const address = slot.address(index)
  return new VmNode({
    name,
    dir: join(context.dataDir, 'nodes', name),
    template: context.template,
    address,
    forwards: [KUBELET_PORT, AGENT_PORT].map((port) => ({ hostPort: port, guestPort: port })),
    disks: context.disks,
    onBoot: async (node) => {
      context.bootedAt.set(name, Date.now())
      const user = await authority.issue({ organization: 'system:nodes', commonName: `system:node:${name}` })
      const serving = await authority.issue({
        organization: 'system:nodes',
        commonName: `system:node:${name}`,
        hosts: [address, name, 'localhost'],
      })
      const server = `https://${HOST_SEEN_FROM_VM}:${apiPort}`
      const files: Record<string, string> = {
        'ca.crt': authority.certificatePem,
        kubeconfig: kubeconfig(server, authority, user),
        'kubelet.crt': serving.certificate,
        'kubelet.key': serving.key,
      }
      const write = Object.entries(files).map(([file, text]) => `cat > /run/kubernetes/${file} <<'END'\n${text}END\n`)
      await node.exec(`umask 077; mkdir -p /run/kubernetes\n${write.join('')}start-kubelet ${name} ${index} ${apiPort}`)
    },
  })
}

interface NodeObject {
  spec: { taints?: { key: string }[] }
  status: {
    addresses?: { type: string; address: string }[]
    conditions?: { type: string; status: string; lastHeartbeatTime: string }[]
  }
}

/**
 * Plays the cloud for a node (its address is one that only this host knows, which no kubelet accepts as its own), then
 * waits for it. A condition from before the machine was turned on does not count.
 */
async function awaitReady({ api }: ControlPlane, node: VmNode, bootedAt: Map<string, number>): Promise<void> {
  const path = `/api/v1/nodes/${node.name}`
  const uninitialized = 'node.cloudprovider.kubernetes.io/uninitialized'
  await until(
    async () => {
      node.vm.process.assertRunning()
      const { spec, status } = await api.get<NodeObject>(path)
      if (!status.addresses?.some(({ type, address }) => type === 'InternalIP' && address === node.address)) {
        const addresses = [
          { type: 'InternalIP', address: node.address },
          { type: 'Hostname', address: node.name },
        ]
        await api.mergePatch(`${path}/status`, { status: { addresses } })
      }
      if (spec.taints?.some(({ key }) => key === uninitialized))
        await api.mergePatch(path, { spec: { taints: spec.taints.filter(({ key }) => key !== uninitialized) } })
      const ready = status.conditions?.find(({ type }) => type === 'Ready')
      const fresh = ready !== undefined && Date.parse(ready.lastHeartbeatTime) >= (bootedAt.get(node.name) ?? 0) - 1_000
      return fresh && ready.status === 'True' && !spec.taints?.some(({ key }) => key.startsWith('node.'))
    },
    { what: `node ${node.name} is Ready`, timeoutMs: 180_000, everyMs: 200 },
  )
}

async function kubectl(
  binary: string,
  config: string,
  args: string[],
  options: KubectlOptions = {},
): Promise<KubectlResult> {
  const { stdout, stderr, exitCode } = await execa(binary, [`--kubeconfig=${config}`, ...args], {
    reject: options.reject ?? true,
    timeout: options.timeoutMs ?? 180_000,
    ...(options.input === undefined ? { stdin: 'ignore' } : { input: options.input }),
  })
  return { stdout, stderr, exitCode }
}

/** Waits for all, also when one fails, so that nothing is still being started when the caller cleans up. */
async function together(work: Promise<unknown>[]): Promise<void> {
  for (const result of await Promise.allSettled(work)) if (result.status === 'rejected') throw result.reason
}
