import type { FastifyBaseLogger } from 'fastify'
import type { Registry } from 'prom-client'
import type { Books, ClusterView } from '../cluster/cluster-view.ts'
import type { Endpoint } from '../config.ts'
import type { History } from '../history/index.ts'
import { Hub } from './hub.ts'
import { requireLoopback } from './loopback-only.ts'
import type { ClusterInfo } from './rows/overview.ts'
import { buildServer } from './server.ts'

/**
 * What lives here: the HTTP edge of the dashboard. `rows/` makes rows from objects (pure), the hub keeps them and tells
 * what changed, the server answers by the contracts of `@open-local/shared/api`.
 */
export interface DashboardApiOptions {
  listen: Endpoint
  view: ClusterView
  books: Books
  history: History
  clusterInfo: ClusterInfo
  metrics: Registry
  /** Leader, and every cache filled. */
  ready: () => boolean
  log: FastifyBaseLogger
}

/** Listens on loopback; resolves with the address. */
export async function startDashboardApi(
  options: DashboardApiOptions,
): Promise<{ url: string; close(): Promise<void> }> {
  const { listen, view, books, history, clusterInfo, metrics, ready, log } = options
  requireLoopback(listen.host)
  const hub = new Hub({ view, books, history, cluster: clusterInfo, log })
  const server = await buildServer({ hub, history, metrics, ready, log })
  const url = await server.listen({ host: listen.host, port: listen.port })
  return {
    url,
    close: async () => {
      hub.close()
      server.server.closeAllConnections()
      await server.close()
    },
  }
}
