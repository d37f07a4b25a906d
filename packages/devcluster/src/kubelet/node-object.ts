import { createHash, randomUUID } from 'node:crypto'
import type { Api } from '../api/api.ts'
import type { KubeObject } from '../api/object.ts'
import type { Condition, Node } from '../kinds.ts'
import { KUBERNETES_VERSION } from '../version.ts'

export interface NodeOptions {
  name: string
  labels?: Record<string, string>
  capacity?: Record<string, string>
  /** Where what the node itself serves can be reached. Default: 127.0.0.1. */
  address?: string
}

const SIMULATED = 'devcluster/simulated'
const LEASES = 'leases.coordination.k8s.io'
const CAPACITY = { cpu: '8', memory: '32Gi', pods: '110', 'ephemeral-storage': '100Gi' }

const healthy: [type: string, status: Condition['status'], reason: string, message: string][] = [
  ['MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
  ['DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
  ['PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
  ['Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'],
]

/** Makes the Node, or brings its status up to now: simulated in every place where a person may look. */
export function writeNode(
  api: Api,
  { name, labels, capacity, address = '127.0.0.1' }: NodeOptions,
  now: string,
  bootId: string,
): Node {
  const all = {
    'kubernetes.io/hostname': name,
    'kubernetes.io/os': 'linux',
    'kubernetes.io/arch': 'amd64',
    [SIMULATED]: 'true',
    ...labels,
  }
  const found = api.get<Node>('nodes', undefined, name)
  if (!found) api.create('nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name, labels: all } })
  else api.patch('nodes', undefined, name, { metadata: { labels: all } })
  const id = createHash('md5').update(name).digest('hex')
  const amounts = { ...CAPACITY, ...capacity }
  const conditions = healthy.map(([type, status, reason, message]) => {
    const old = found?.status?.conditions?.find((condition) => condition.type === type)
    const lastTransitionTime = old?.status === status ? old.lastTransitionTime : now
    return { type, status, reason, message, lastTransitionTime, lastHeartbeatTime: now }
  })
  const status = {
    capacity: amounts,
    allocatable: amounts,
    conditions,
    addresses: [
      { type: 'InternalIP', address },
      { type: 'Hostname', address: name },
    ],
    nodeInfo: {
      machineID: id,
      systemUUID: id,
      bootID: bootId,
      kernelVersion: 'simulated',
      osImage: 'simulated node (no containers are run)',
      containerRuntimeVersion: 'simulated://',
      kubeletVersion: KUBERNETES_VERSION,
      kubeProxyVersion: '',
      operatingSystem: 'linux',
      architecture: 'amd64',
    },
  }
  return api.patch<Node>('nodes', undefined, name, { status }, 'status')
}

export function renewLease(api: Api, node: Node, now: Date, seconds: number): void {
  const { name, uid } = node.metadata
  const spec = {
    holderIdentity: name,
    leaseDurationSeconds: seconds,
    renewTime: `${now.toISOString().slice(0, -1)}000Z`,
  }
  if (api.get(LEASES, 'kube-node-lease', name)) {
    api.patch(LEASES, 'kube-node-lease', name, { spec })
    return
  }
  const ownerReferences = [{ apiVersion: 'v1', kind: 'Node', name, uid }]
  api.create(LEASES, {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name, namespace: 'kube-node-lease', ownerReferences },
    spec,
  } as KubeObject & { spec: object })
}

export function newBootId(): string {
  return randomUUID()
}
