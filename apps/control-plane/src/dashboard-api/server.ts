import { randomUUID } from 'node:crypto'
import swagger from '@fastify/swagger'
import { OpenLocalError } from '@open-local/shared'
import {
  getHistory,
  getNode,
  getOverview,
  getVolume,
  listNodes,
  listVolumes,
  STREAM_PATH,
} from '@open-local/shared/api'
import Fastify, { type FastifyBaseLogger, LogController } from 'fastify'
import {
  jsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod'
import type { Registry } from 'prom-client'
import type { History } from '../history/index.ts'
import { answerBadUrl, mapErrors, securityHeaders } from './errors.ts'
import type { Hub } from './hub.ts'
import { listVolumeRows } from './list-volumes.ts'
import { guardLoopback } from './loopback-only.ts'
import { volumeDetail } from './rows/chain.ts'
import { disksOf } from './rows/disk.ts'
import { eventRows } from './rows/event-row.ts'
import { streamTo } from './stream.ts'

export interface ServerOptions {
  hub: Hub
  history: Pick<History, 'query'>
  metrics: Pick<Registry, 'metrics' | 'contentType'>
  ready: () => boolean
  log: FastifyBaseLogger
}

/** The HTTP edge: each route by its contract, one verb each. */
export async function buildServer(options: ServerOptions) {
  const { hub, history, metrics, ready, log } = options
  const app = Fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    bodyLimit: 1024,
    frameworkErrors: answerBadUrl,
  })
  const server = app.withTypeProvider<ZodTypeProvider>()
  server.setValidatorCompiler(validatorCompiler)
  server.setSerializerCompiler(serializerCompiler)
  guardLoopback(app)
  mapErrors(app)
  server.addHook('onSend', async (request, reply) => {
    reply.headers(securityHeaders(request.id))
  })
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Open-Local dashboard API',
        version: '1',
        description: 'Reads only. Byte counts are numbers; null means unknown.',
      },
    },
    transform: jsonSchemaTransform,
  })
  await server.register(async (scope) => {
    const api = scope.withTypeProvider<ZodTypeProvider>()
    const requireSynced = () => {
      if (!hub.context.view.hasSynced())
        throw new OpenLocalError(
          'UNAVAILABLE',
          'The control plane is starting: what the cluster holds is not known yet.',
        )
    }
    const now = () => new Date(hub.context.nowMs).toISOString()
    api.addHook('preHandler', async () => requireSynced())

    api.get(
      getOverview.path,
      { schema: { summary: getOverview.summary, response: { 200: getOverview.reply } } },
      async () => hub.rows().overview,
    )
    api.get(
      listNodes.path,
      { schema: { summary: listNodes.summary, response: { 200: listNodes.reply } } },
      async () => ({
        items: [...hub.rows().nodes.values()],
        generatedAt: now(),
      }),
    )
    api.get(
      getNode.path,
      { schema: { summary: getNode.summary, params: getNode.params!, response: { 200: getNode.reply } } },
      async ({ params }) => {
        const rows = hub.rows()
        const node = rows.nodes.get(params.name)
        if (!node) throw new OpenLocalError('NOT_FOUND', `There is no node ${params.name}.`)
        const { context } = hub
        return {
          node,
          pools: [...rows.pools.values()].filter((pool) => pool.node === params.name),
          disks: disksOf(context, params.name),
          volumes: [...rows.volumes.values()].filter((volume) => volume.node === params.name),
          events: eventRows(
            context,
            (o) => o.name === params.name && (o.kind === 'Node' || o.kind === 'NodeLocalStorage'),
            50,
          ),
        }
      },
    )
    api.get(
      listVolumes.path,
      {
        schema: { summary: listVolumes.summary, querystring: listVolumes.query!, response: { 200: listVolumes.reply } },
      },
      async ({ query }) => ({
        ...listVolumeRows(hub.rows().volumes.values(), query),
        generatedAt: now(),
      }),
    )
    api.get(
      getVolume.path,
      { schema: { summary: getVolume.summary, params: getVolume.params!, response: { 200: getVolume.reply } } },
      async ({ params }) => {
        const detail = volumeDetail(hub.context, `${params.namespace}/${params.claim}`)
        if (!detail)
          throw new OpenLocalError('NOT_FOUND', `There is no claim ${params.claim} in namespace ${params.namespace}.`)
        return detail
      },
    )
    api.get(
      getHistory.path,
      { schema: { summary: getHistory.summary, querystring: getHistory.query!, response: { 200: getHistory.reply } } },
      ({ query }) => history.query(query),
    )
    api.get(
      STREAM_PATH,
      // A HEAD of a stream would never end.
      { exposeHeadRoute: false, schema: { summary: 'Deltas of the rows as server-sent events: hello, then delta' } },
      (request, reply) => streamTo(hub, request, reply),
    )
  })
  server.get('/openapi.json', { schema: { hide: true } }, async () => server.swagger())
  server.get('/healthz', { schema: { hide: true } }, async () => 'ok')
  server.get('/readyz', { schema: { hide: true } }, async (_, reply) =>
    ready() ? 'ok' : reply.code(503).send('starting, or another replica leads'),
  )
  server.get('/metrics', { schema: { hide: true } }, async (_, reply) =>
    reply.type(metrics.contentType).send(await metrics.metrics()),
  )
  return app
}
