import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { serveOnSocket, VolumeLocks } from '@open-local/csi'
import { EventRecorder, KubeClient, LeaderElector } from '@open-local/kube'
import { loadKubeConfig } from '@open-local/kube/config'
import { messageOf } from '@open-local/shared'
import pino from 'pino'
import { BooksKeeper } from './cluster/books-keeper.ts'
import { ClusterCache } from './cluster/cluster-cache.ts'
import { type Config, parseConfig } from './config.ts'
import { CapacityPublisher } from './controller/capacity-publisher.ts'
import { LostNodeReconciler } from './controller/lost-node-reconciler.ts'
import { StorageReconciler } from './controller/storage-reconciler.ts'
import { csiServices } from './csi-controller/services.ts'
import { VolumeObjects } from './csi-controller/volume-objects.ts'
import { startDashboardApi } from './dashboard-api/index.ts'
import { serveExtender } from './extender/extender-server.ts'
import { openHistory } from './history/index.ts'
import { createMetrics } from './metrics.ts'

declare const __VERSION__: string
const version = typeof __VERSION__ === 'string' ? __VERSION__ : 'development'

/** What is running, newest last; stopped in reverse. */
type Undo = [string, () => Promise<unknown> | unknown]

async function main(): Promise<void> {
  const config = parseConfig(process.argv.slice(2), version)
  const log = pino({ level: config.logLevel })
  const undo: Undo[] = []
  const stopped = new AbortController()
  let stopping: Promise<void> | undefined
  const stop = (code: number): Promise<void> => {
    stopping ??= (async () => {
      stopped.abort()
      for (const [name, close] of undo.reverse()) {
        try {
          await close()
        } catch (error) {
          log.error({ part: name, error: messageOf(error) }, 'did not stop cleanly')
        }
      }
      log.info('stopped')
      process.exit(code)
    })()
    return stopping
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(1)
      void stop(0)
    })
  }
  try {
    await run(config, log, undo, stopped.signal, stop)
  } catch (error) {
    if (stopping) return stopping
    log.fatal({ error: messageOf(error), stack: error instanceof Error ? error.stack : undefined }, 'cannot start')
    await stop(1)
  }
}

async function run(
  config: Config,
  log: pino.Logger,
  undo: Undo[],
  signal: AbortSignal,
  stop: (code: number) => Promise<void>,
): Promise<void> {
  const connection = await loadKubeConfig({ kubeconfig: config.kubeconfig })
  const client = new KubeClient(connection, { userAgent: `open-local-control-plane/${version}` })
  undo.push(['kubernetes client', () => client.close()])
  const cache = new ClusterCache(client, log)
  const { view } = cache
  const books = new BooksKeeper(view, { driver: config.driver, strategy: config.strategy, log })
  books.attach(cache)
  const metrics = createMetrics(view, books, config.driver)
  let leading = false
  const ready = () => leading && view.hasSynced()

  const events = new EventRecorder(client, { component: 'open-local-controller', instance: hostname(), log })
  undo.push(['events', () => events.flush()])
  const history = await openHistory({
    file: join(config.data, 'history.db'),
    view,
    books,
    agents: {
      port: config.agentPort,
      caFile: config.agentCa,
      token: async () => (await connection.getToken?.()) ?? '',
    },
    log,
  })
  undo.push(['history', () => history.close()])
  const api = await startDashboardApi({
    listen: config.api,
    view,
    books,
    history,
    clusterInfo: {
      name: config.clusterName,
      driver: config.driver,
      kubernetesVersion: await kubernetesVersion(client),
    },
    metrics: metrics.registry,
    ready,
    log,
  })
  undo.push(['dashboard API', () => api.close()])
  log.info({ url: api.url }, 'dashboard API listens')

  undo.push(['cluster cache', () => cache.stop()])
  await cache.start(signal)
  log.info({ nodes: view.nodes.size, volumes: view.nodeLocalVolumes.size }, 'the cluster is known')

  const lead = async (): Promise<void> => {
    const objects = new VolumeObjects(client, cache.reflectors.nodeLocalVolumes)
    const storage = new StorageReconciler({ client, view, events, log, initConfig: config.initConfig })
    const lost = new LostNodeReconciler({ view, objects, events, log })
    for (const reconciler of [storage, lost]) {
      reconciler.attach(cache)
      reconciler.start()
      undo.push(['reconciler', () => reconciler.stop()])
    }
    const capacity = new CapacityPublisher({
      client,
      view,
      books,
      driver: config.driver,
      namespace: config.leaseNamespace,
      log,
    })
    capacity.start()
    undo.push(['capacity publisher', () => capacity.stop()])
    const expiry = setInterval(() => {
      if (books.expire()) capacity.touch()
    }, 30_000)
    undo.push(['expiry', () => clearInterval(expiry)])
    const { host, port, tlsCert, tlsKey, clientCa } = config.extender
    const extender = await serveExtender({
      view,
      books,
      driver: config.driver,
      strategy: config.strategy,
      host,
      port,
      ...(tlsCert && tlsKey ? { tls: { certFile: tlsCert, keyFile: tlsKey, clientCaFile: clientCa } } : {}),
      version,
      ready,
      log,
      onCall: (verb, seconds) => metrics.extender.observe({ verb }, seconds),
    })
    undo.push(['extender', () => extender.close()])
    const socket = await serveOnSocket({
      path: config.csiSocket,
      services: csiServices({
        driver: config.driver,
        version,
        view,
        books,
        objects,
        locks: new VolumeLocks(),
        log,
        ready,
      }),
      logger: log,
      onCall: ({ method, code, durationMs }) => metrics.csi.observe({ method, code }, durationMs / 1000),
    })
    undo.push(['CSI socket', () => socket.stop()])
    leading = true
    log.info({ socket: config.csiSocket, extender: `${host}:${extender.port}` }, 'leading')
  }

  if (!config.leaderElect) return lead()
  const elector = new LeaderElector(client, {
    namespace: config.leaseNamespace,
    name: 'open-local-controller',
    identity: `${hostname()}_${randomUUID()}`,
    leaseDurationMs: config.leaseDurationMs,
    log,
    onStartedLeading: () => {
      lead().catch((error: unknown) => {
        log.fatal({ error: messageOf(error) }, 'cannot lead')
        void stop(1)
      })
    },
    // Whoever leads next must not meet us half alive: end, and let the supervisor start us anew.
    onStoppedLeading: () => {
      if (!signal.aborted) {
        leading = false
        log.error('the lease was lost')
        void stop(1)
      }
    },
  })
  elector.start()
  undo.push(['leader election', () => elector.stop()])
}

async function kubernetesVersion(client: KubeClient): Promise<string> {
  try {
    const answer = await client.raw({ method: 'GET', path: '/version' })
    return (JSON.parse(answer.body) as { gitVersion?: string }).gitVersion ?? 'unknown'
  } catch {
    return 'unknown'
  }
}

void main()
