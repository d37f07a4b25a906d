import { readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type RegistrationServer,
  type SocketServer,
  serveOnSocket,
  serveRegistration,
  VolumeLocks,
} from '@open-local/csi'
import {
  connectionFromKubeconfigFile,
  EventRecorder,
  inClusterConnection,
  KubeClient,
  type Log,
} from '@open-local/kube'
import { messageOf, type NodeLocalStorage, type NodeLocalVolume, OpenLocalError } from '@open-local/shared'
import type { Config } from './config.ts'
import type { NodeContext } from './csi-node/node-context.ts'
import { csiServices } from './csi-node/services.ts'
import { DiscoveryController, storageType } from './discovery/discovery-controller.ts'
import { isOwnVolume } from './discovery/own-volume.ts'
import { initialise } from './disk-init/initialise.ts'
import type { FileSystemUsage, Host } from './host/host.ts'
import { volumePath } from './host/host.ts'
import { linuxHost } from './host/linux-host.ts'
import { LvmPicture } from './host/lvm-picture.ts'
import { commandRunner } from './host/run.ts'
import { simulatedMachine } from './host/simulated-machine.ts'
import { PathAccess } from './http/access.ts'
import { agentMetrics } from './http/metrics.ts'
import { selfSignedCertificate } from './http/self-signed.ts'
import { serveHttp } from './http/serve-http.ts'
import { fileJournal, memoryJournal } from './volumes/creation-journal.ts'
import { VolumeController } from './volumes/volume-controller.ts'

export interface Agent {
  /** The port of health and metrics. */
  readonly port: number
  readonly socketPath: string
  stop(): Promise<void>
}

/** Given by the build. */
export const VERSION = process.env.OPEN_LOCAL_VERSION ?? '0.1.0'

const RELOAD_MS = 50
/** What unix(7) leaves on macOS: 104 bytes with the zero at the end. */
const LONGEST_SOCKET_BYTES = 103

/** Builds every part and starts them in the order in which they need each other; `stop` goes the other way round. */
export async function startAgent(
  config: Config,
  log: Log,
  given: { client?: KubeClient; host?: Host } = {},
): Promise<Agent> {
  const stops: (() => Promise<void> | void)[] = []
  const stop = async () => {
    for (const end of stops.splice(0).reverse())
      await Promise.resolve(end()).catch((error) => log.warn({ err: error }, `stopping: ${messageOf(error)}`))
  }
  try {
    return { ...(await build(config, log, given, stops)), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function build(
  config: Config,
  log: Log,
  given: { client?: KubeClient; host?: Host },
  stops: (() => Promise<void> | void)[],
): Promise<Omit<Agent, 'stop'>> {
  const { nodeName, driver, kubeletDir } = config
  const sockets = socketPaths(config)
  const metrics = agentMetrics()
  const host =
    given.host ??
    (config.simulate
      ? simulatedMachine({ nodeName, disks: config.simDisks, directory: config.simState })
      : linuxHost(commandRunner(metrics.onCommand)))
  const client = given.client ?? connect(config)
  stops.push(() => client.close())
  const events = new EventRecorder(client, { component: 'open-local-agent', instance: nodeName, log })
  stops.push(() => events.flush())

  const locks = new VolumeLocks()
  const pluginDirectory = join(kubeletDir, 'plugins', driver)
  await mkdir(pluginDirectory, { recursive: true, mode: 0o750 })
  const parts: { volumes?: VolumeController; discovery?: DiscoveryController } = {}
  const picture = new LvmPicture(host.lvm, () => {
    parts.discovery?.changed()
    parts.volumes?.notePoolsChanged()
  })
  await readLvm(picture, host, log)

  const inMemory = config.simulate && config.simState === undefined
  const journal = inMemory ? memoryJournal() : fileJournal(join(pluginDirectory, 'creating'))
  const volumes = new VolumeController({ client, nodeName, host, picture, journal, locks, events, log })
  const discovery = new DiscoveryController({
    client,
    nodeName,
    host,
    picture,
    log,
    isDisk: (name) => config.deviceRegexp.test(name),
    mountDirectory: config.mountDir,
    initialise: (storage) => initialiseAndTell(storage, host, picture, events),
  })
  Object.assign(parts, { volumes, discovery })
  stops.push(watchLvm(host, picture, log))
  stops.push(() => volumes.stop())
  stops.push(() => discovery.stop())
  volumes.start()
  discovery.start()

  const context: NodeContext = {
    driver,
    version: VERSION,
    nodeName,
    maxVolumes: config.maxVolumes,
    host,
    picture,
    locks,
    findVolume: (id) => volumes.find(id),
    noteUse: (id) => volumes.noteUse(id),
    isReady: () => volumes.hasSynced(),
  }
  const csi: SocketServer = await serveOnSocket({
    path: sockets.csi,
    services: csiServices(context),
    logger: log,
    onCall: metrics.onCall,
  })
  stops.push(() => csi.stop())
  const registration: RegistrationServer = await serveRegistration({
    registry: await ensureDirectory(sockets.registry),
    driver,
    endpoint: csi.path,
    logger: log,
  })
  stops.push(() => registration.stop())

  const access = new PathAccess(client)
  const sources = {
    volumes: () => volumes.volumes,
    groups: () => picture.groups,
    usage: (volume: NodeLocalVolume) => usageOf(host, volume),
  }
  const http = await serveHttp({
    ...config.listen,
    ...certificateOf(config),
    isHealthy: () => true,
    isReady: () => volumes.hasSynced(),
    checkAccess: (authorization, path) => access.check(authorization, path),
    metrics: () => metrics.scrape(sources),
  })
  stops.push(() => http.stop())
  return { port: http.port, socketPath: csi.path }
}

/** Checked before anything starts. INVALID_ARGUMENT when the kubelet's directory is too deep for them. */
function socketPaths({ kubeletDir, driver }: Config): { csi: string; registry: string } {
  const csi = join(kubeletDir, 'plugins', driver, 'csi.sock')
  const registry = join(kubeletDir, 'plugins_registry')
  for (const path of [csi, join(registry, `${driver}-reg.sock`)]) {
    const excess = Buffer.byteLength(path) - LONGEST_SOCKET_BYTES
    if (excess > 0)
      throw new OpenLocalError(
        'INVALID_ARGUMENT',
        `the socket ${path} is ${excess} bytes too long: at most ${LONGEST_SOCKET_BYTES} work on every system. Give a shorter --kubelet-dir, such as one below /tmp`,
      )
  }
  return { csi, registry }
}

function connect({ kubeconfig }: Config): KubeClient {
  const connection = kubeconfig ? connectionFromKubeconfigFile(kubeconfig) : inClusterConnection()
  return new KubeClient(connection, { userAgent: `open-local-agent/${VERSION}` })
}

/** A node whose LVM does not answer still reports its disks, and says why. */
async function readLvm(picture: LvmPicture, host: Host, log: Log): Promise<void> {
  try {
    await picture.refresh()
    // After a reboot without udevd nobody has made our volumes' device nodes.
    for (const group of picture.groups) {
      const own = group.logicalVolumes.filter(isOwnVolume)
      const nodes = await Promise.all(own.map((v) => host.devices.find(volumePath(group.name, v.name))))
      if (nodes.some((node) => node === undefined)) await host.lvm.activate(group.name)
    }
  } catch (error) {
    log.error({ err: error }, `LVM: ${messageOf(error)}`)
  }
}

function watchLvm(host: Host, picture: LvmPicture, log: Log): () => void {
  let timer: NodeJS.Timeout | undefined
  const unwatch = host.watchLvm(() => {
    timer ??= setTimeout(() => {
      timer = undefined
      picture.reloadChanged().catch((error) => log.warn({ err: error }, `LVM: ${messageOf(error)}`))
    }, RELOAD_MS)
  })
  return () => {
    clearTimeout(timer)
    unwatch()
  }
}

async function initialiseAndTell(storage: NodeLocalStorage, host: Host, picture: LvmPicture, events: EventRecorder) {
  const result = await initialise({ host, picture }, storage.spec?.resourceToBeInited)
  const regarding = { ...storage, apiVersion: `${storageType.group}/${storageType.version}`, kind: storageType.kind }
  if (result.kind === 'refused' || result.kind === 'failed') {
    const reason = result.kind === 'refused' ? 'DeviceNotBlank' : 'InitializationFailed'
    for (const message of result.messages) events.event(regarding, 'Warning', reason, message)
  } else if (result.kind === 'done' && result.changed)
    events.event(regarding, 'Normal', 'Initialized', 'VolumeGroups and mounts were made as the spec asks')
  return result
}

async function usageOf(host: Host, volume: NodeLocalVolume): Promise<FileSystemUsage | undefined> {
  if (volume.spec.accessType === 'Block' || !volume.status?.devicePath) return undefined
  const device = await host.devices.find(volume.status.devicePath)
  const mount = device && (await host.mounts.list()).find((m) => m.deviceNumber === device.deviceNumber)
  return mount && host.fileSystems.usage(mount.path)
}

async function ensureDirectory(path: string): Promise<string> {
  await mkdir(path, { recursive: true, mode: 0o750 })
  return path
}

function certificateOf({ tls, nodeName }: Config): { cert: string | Buffer; key: string | Buffer } {
  return tls ? { cert: readFileSync(tls.cert), key: readFileSync(tls.key) } : selfSignedCertificate(nodeName)
}
