import { type FSWatcher, watch } from 'node:fs'
import { mkdir, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Api } from '../api/api.ts'
import type { KubeObject } from '../api/object.ts'
import { errorText, GrpcClient, loadServices } from '../grpc-client.ts'
import type { CsiNode, Node } from '../kinds.ts'
import type { Log } from '../log.ts'

const CSI_NODES = 'csinodes.storage.k8s.io'
const NODE_ID = 'csi.volume.kubernetes.io/nodeid'
const TIMEOUT_MS = 120_000
const RESCAN_MS = 1_000

const { pluginregistration } = loadServices<{ pluginregistration: { Registration: unknown } }>(
  'plugin-registration.proto',
)
const { csi } = loadServices<{ csi: { v1: { Node: unknown } } }>('csi-node.proto')

interface PluginInfo {
  type: string
  name: string
  endpoint: string
}
interface NodeInfo {
  node_id: string
  max_volumes_per_node: string
  accessible_topology?: { segments: Record<string, string> }
}

/** A CSI driver that has told this node's kubelet of itself. */
export interface Driver {
  name: string
  client: GrpcClient
  capabilities: ReadonlySet<number>
}

/**
 * Drivers whose registration sockets appear in a folder: each is asked who it is, written into the CSINode and the
 * node's labels, and told that it is known. One whose socket is gone, or another than before, is not known any more.
 */
export class Plugins {
  readonly #api: Api
  readonly #log: Log
  readonly #node: string
  readonly #dir: string
  readonly #onChange: () => void
  readonly #drivers = new Map<string, { driver?: Driver; id: string }>()
  #watcher: FSWatcher | undefined
  #timer: NodeJS.Timeout | undefined
  #scanning: Promise<void> | undefined

  constructor(options: { api: Api; log: Log; node: string; dir: string; onChange: () => void }) {
    this.#api = options.api
    this.#log = options.log
    this.#node = options.node
    this.#dir = join(options.dir, 'plugins_registry')
    this.#onChange = options.onChange
  }

  async start(): Promise<void> {
    await mkdir(this.#dir, { recursive: true })
    this.#writeDrivers(() => [])
    this.#watcher = watch(this.#dir, () => this.#scan())
    this.#watcher.on('error', () => {})
    this.#timer = setInterval(() => this.#scan(), RESCAN_MS)
    this.#scan()
  }

  async stop(): Promise<void> {
    this.#watcher?.close()
    clearInterval(this.#timer)
    await this.#scanning
    for (const { driver } of this.#drivers.values()) driver?.client.close()
  }

  find(name: string): Driver | undefined {
    for (const { driver } of this.#drivers.values()) if (driver?.name === name) return driver
    return undefined
  }

  #scan(): void {
    this.#scanning ??= this.#look().finally(() => {
      this.#scanning = undefined
    })
  }

  async #look(): Promise<void> {
    const sockets = new Map<string, string>()
    for (const name of await readdir(this.#dir).catch(() => [])) {
      const found = await stat(join(this.#dir, name)).catch(() => undefined)
      if (found?.isSocket()) sockets.set(name, `${found.ino} ${found.ctimeMs}`)
    }
    for (const [socket, { driver, id }] of this.#drivers) {
      if (sockets.get(socket) === id) continue
      this.#drivers.delete(socket)
      if (driver) this.#deregister(driver)
    }
    for (const [socket, id] of sockets) {
      if (this.#drivers.has(socket)) continue
      try {
        const driver = await this.#register(join(this.#dir, socket))
        this.#drivers.set(socket, { driver, id })
        this.#onChange()
      } catch (error) {
        // Its server may not listen yet, or not any more: the next look asks again.
        this.#log(`${this.#node}: plugin ${socket}: ${errorText(error)}`)
      }
    }
  }

  async #register(socket: string): Promise<Driver> {
    const registration = new GrpcClient(pluginregistration.Registration, socket, TIMEOUT_MS)
    try {
      const info = await registration.call<PluginInfo>('GetInfo', {})
      if (info.type !== 'CSIPlugin') throw new Error(`it is a ${info.type}, and this kubelet knows CSIPlugin only`)
      const client = new GrpcClient(csi.v1.Node, info.endpoint || socket, TIMEOUT_MS)
      try {
        const node = await client.call<NodeInfo>('NodeGetInfo', {})
        const { capabilities } = await client.call<{ capabilities: { rpc?: { type: number } }[] }>(
          'NodeGetCapabilities',
          {},
        )
        this.#tell(info.name, node)
        await registration.call('NotifyRegistrationStatus', { plugin_registered: true })
        return { name: info.name, client, capabilities: new Set(capabilities.map(({ rpc }) => rpc?.type ?? 0)) }
      } catch (error) {
        client.close()
        await registration
          .call('NotifyRegistrationStatus', { plugin_registered: false, error: errorText(error) })
          .catch(() => {})
        throw error
      }
    } finally {
      registration.close()
    }
  }

  #tell(driver: string, { node_id, max_volumes_per_node, accessible_topology }: NodeInfo): void {
    const segments = accessible_topology?.segments ?? {}
    const node = this.#api.get<Node>('nodes', undefined, this.#node)
    const ids = JSON.parse(node?.metadata.annotations?.[NODE_ID] ?? '{}') as Record<string, string>
    const annotations = { [NODE_ID]: JSON.stringify({ ...ids, [driver]: node_id }) }
    this.#api.patch('nodes', undefined, this.#node, { metadata: { labels: segments, annotations } })
    const count = Number(max_volumes_per_node)
    const entry = {
      name: driver,
      nodeID: node_id,
      topologyKeys: Object.keys(segments),
      ...(count > 0 ? { allocatable: { count } } : {}),
    }
    this.#writeDrivers((others) => [...others.filter(({ name }) => name !== driver), entry])
  }

  #deregister({ name, client }: Driver): void {
    client.close()
    this.#writeDrivers((drivers) => drivers.filter((driver) => driver.name !== name))
    this.#onChange()
  }

  #writeDrivers(change: (drivers: CsiNode['spec']['drivers']) => CsiNode['spec']['drivers']): void {
    const found = this.#api.get<CsiNode>(CSI_NODES, undefined, this.#node)
    const drivers = change(found?.spec.drivers ?? [])
    if (found) {
      this.#api.patch(CSI_NODES, undefined, this.#node, { spec: { drivers } })
      return
    }
    const uid = this.#api.get('nodes', undefined, this.#node)?.metadata.uid ?? ''
    const ownerReferences = [{ apiVersion: 'v1', kind: 'Node', name: this.#node, uid }]
    const metadata = { name: this.#node, ownerReferences }
    const csiNode = { apiVersion: 'storage.k8s.io/v1', kind: 'CSINode', metadata, spec: { drivers } }
    this.#api.create<CsiNode>(CSI_NODES, csiNode as unknown as KubeObject & CsiNode)
  }
}
