import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Rbac } from './access/rbac.ts'
import { ServiceAccountTokens } from './access/tokens.ts'
import { ADMIN_GROUP } from './access/user.ts'
import { Journal } from './api/journal.ts'
import { KubeApi } from './api/kube-api.ts'
import { Resources } from './api/resources.ts'
import { Store } from './api/store.ts'
import { ensureBootObjects } from './boot-objects.ts'
import { CertificateAuthority, kubeconfig } from './certificates.ts'
import type { Controller } from './controllers/controller.ts'
import { CustomResources } from './controllers/custom-resources.ts'
import { Deployments } from './controllers/deployments.ts'
import { GarbageCollector } from './controllers/garbage-collector.ts'
import { Namespaces } from './controllers/namespaces.ts'
import { Protection } from './controllers/protection.ts'
import { ReplicaSets } from './controllers/replica-sets.ts'
import { StatefulSets } from './controllers/stateful-sets.ts'
import { VolumeBinder } from './controllers/volume-binder.ts'
import { builtInResources } from './http/assets.ts'
import { ApiServer } from './http/server.ts'
import { Kubelet } from './kubelet/kubelet.ts'
import type { NodeOptions } from './kubelet/node-object.ts'
import { PodsByNode } from './kubelet/pods-by-node.ts'
import type { Log } from './log.ts'
import { Provisioner } from './provisioner/provisioner.ts'
import { rules } from './rules/index.ts'
import type { ExtenderConfig } from './scheduler/extender-config.ts'
import { Scheduler } from './scheduler/scheduler.ts'
import { ClusterSchemas } from './schema/schemas.ts'
import { ensureSecret } from './state-dir.ts'

export const CONTEXT = 'open-local-devcluster'
const LOOPBACK = '127.0.0.1'

export interface DevClusterOptions {
  /** Where state, authority and kubeconfig are kept. */
  dataDir: string
  /** 0 takes any that is free. */
  port?: number
  log: Log
  /** Simulated nodes. Their kubelets work in `dir`, by default a folder of the node's name below `dataDir`/k. */
  nodes?: (NodeOptions & { dir?: string })[]
  /** Asked by the scheduler, as in a KubeSchedulerConfiguration. */
  extenders?: ExtenderConfig[]
  /** The provisioner stand-in for the CSI driver behind this socket. */
  provisioner?: { socket: string; volumeNamePrefix?: string; retryFirstMs?: number }
  clock?: () => Date
}

/** A simulated cluster in this process: its API on a loopback port, and the stand-ins that make it act. */
export class DevCluster {
  readonly api: KubeApi
  readonly server: string
  readonly kubeconfigPath: string
  readonly http: ApiServer
  readonly authority: CertificateAuthority
  readonly kubelets: readonly Kubelet[]
  readonly #controllers: Controller[]
  readonly #unwatch: () => void
  readonly #journal: Journal

  private constructor(
    parts: Pick<DevCluster, 'api' | 'server' | 'kubeconfigPath' | 'http' | 'authority' | 'kubelets'>,
    controllers: Controller[],
    unwatch: () => void,
    journal: Journal,
  ) {
    this.api = parts.api
    this.server = parts.server
    this.kubeconfigPath = parts.kubeconfigPath
    this.http = parts.http
    this.authority = parts.authority
    this.kubelets = parts.kubelets
    this.#controllers = controllers
    this.#unwatch = unwatch
    this.#journal = journal
  }

  /** Starts from the state that is kept in `dataDir`, or empty. Refuses to start inside a Kubernetes cluster. */
  static async start(options: DevClusterOptions): Promise<DevCluster> {
    if (process.env.KUBERNETES_SERVICE_HOST)
      throw new Error(
        'This is a simulated cluster for laptops and tests; it does not start inside a Kubernetes cluster.',
      )
    const { dataDir, log, clock = () => new Date() } = options
    const authority = await CertificateAuthority.ensure(join(dataDir, 'pki'), 'ca')
    const adminToken = await ensureSecret(dataDir, 'admin-token')
    const tokenKey = await ensureSecret(dataDir, 'service-account.key')
    const store = new Store()
    const journal = Journal.open(join(dataDir, 'state.jsonl'), store, log)
    const api: KubeApi = new KubeApi({
      store,
      resources: new Resources(builtInResources),
      schemas: new ClusterSchemas(() => api),
      rules,
      clock,
    })
    const hosts = [LOOPBACK, 'localhost', 'kubernetes', 'kubernetes.default.svc']
    const serving = await authority.issue({ commonName: 'devcluster', hosts })
    const http = new ApiServer({
      api,
      access: { rbac: new Rbac(api), tokens: new ServiceAccountTokens(tokenKey, api, clock) },
      tls: { ...serving, clientAuthority: authority.certificatePem },
      staticTokens: { [adminToken]: { name: 'devcluster-admin', groups: [ADMIN_GROUP, 'system:authenticated'] } },
      kubelets: () => kubelets,
      log,
    })
    const pods = new PodsByNode(api)
    const kubelets = (options.nodes ?? []).map(
      (node) => new Kubelet({ api, log, pods, clock, ...node, dir: node.dir ?? join(dataDir, 'k', node.name) }),
    )
    const controllers = [
      // First, so that what is kept of custom resources is served from the first request on.
      new CustomResources(api, log),
      new Namespaces(api, authority.certificatePem, log),
      new GarbageCollector(api, log),
      new Protection(api, log),
      new VolumeBinder(api, log),
      new ReplicaSets(api, log),
      new Deployments(api, log, () => api.now()),
      new StatefulSets(api, log),
      new Scheduler({ api, log, extenders: options.extenders }),
      ...(options.provisioner ? [new Provisioner({ api, log, ...options.provisioner })] : []),
    ]
    ensureBootObjects(api)
    for (const controller of controllers) controller.start()
    const unwatch = pods.start()
    for (const kubelet of kubelets) kubelet.start()
    const port = await http.listen(LOOPBACK, options.port ?? 0)
    const server = `https://${LOOPBACK}:${port}`
    const kubeconfigPath = join(dataDir, 'kubeconfig')
    // Whole or not at all: who waits for it must never read the half of it.
    const half = `${kubeconfigPath}.half`
    await writeFile(half, kubeconfig(server, authority, { token: adminToken }, CONTEXT), { mode: 0o600 })
    await rename(half, kubeconfigPath)
    http.setReady()
    return new DevCluster({ api, server, kubeconfigPath, http, authority, kubelets }, controllers, unwatch, journal)
  }

  async stop(): Promise<void> {
    for (const kubelet of this.kubelets) await kubelet.stop()
    this.#unwatch()
    for (const controller of this.#controllers.toReversed()) await controller.stop()
    await this.http.close()
    this.#journal.close()
  }
}
