/**
 * Serves the dashboard API from the fixture, with small live changes, for work on the dashboard without a cluster:
 * `tsx apps/control-plane/test/serve-fixture.ts [port]`, by default 127.0.0.1:7081. Ctrl-C stops it. Everything behind
 * the API is the product's own code; only the Kubernetes API and the past are made up.
 */
import { DEFAULT_DRIVER } from '@open-local/shared'
import pino from 'pino'
import { Registry } from 'prom-client'
import { startDashboardApi } from '../src/dashboard-api/index.ts'
import { startFakeCluster } from '../src/testing/fake-cluster.ts'
import { fixtureHistory } from './fixture/fixture-history.ts'
import { liveChanges } from './fixture/live-changes.ts'
import { seedFixture } from './fixture/seed-fixture.ts'

const PORT = 7081
const CHANGE_MS = 2_000

const cluster = await startFakeCluster()
await seedFixture(cluster, Date.now())
const history = fixtureHistory(cluster.books)
const api = await startDashboardApi({
  listen: { host: '127.0.0.1', port: Number(process.argv[2] ?? PORT) },
  view: cluster.cache.view,
  books: cluster.books,
  history,
  clusterInfo: { name: 'fixture', kubernetesVersion: 'v1.36.0 (fixture)', driver: DEFAULT_DRIVER },
  metrics: new Registry(),
  ready: () => true,
  log: pino({ level: 'warn' }),
})
const changes = setInterval(liveChanges(cluster, history), CHANGE_MS)
console.log(`the fixture is served at ${api.url}`)

const stop = async (): Promise<void> => {
  clearInterval(changes)
  await api.close()
  await cluster.close()
  process.exit(0)
}
process.once('SIGINT', stop)
process.once('SIGTERM', stop)
