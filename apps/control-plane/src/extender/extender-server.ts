import { readFileSync } from 'node:fs'
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { Log, Pod } from '@open-local/kube'
import { messageOf, OpenLocalError } from '@open-local/shared'
import { z } from 'zod'
import { filterNodes, type PlacementOptions, scoreNodes } from './placement.ts'

/**
 * What lives here: the HTTP edge that kube-scheduler calls. It reads only; who may call is decided by the client's
 * certificate. Source of the wire: k8s.io/kube-scheduler/extender/v1 (Go field names, any case).
 */

export interface ExtenderOptions extends PlacementOptions {
  host: string
  port: number
  /** PEM files. Without them plain HTTP, on loopback only. */
  tls?: { certFile: string; keyFile: string; clientCaFile?: string }
  version: string
  /** Leader, and every cache filled. Before that, kube-scheduler is told to come back. */
  ready: () => boolean
  log: Log
  onCall?: (verb: 'filter' | 'prioritize', seconds: number) => void
}

const MAX_BODY = 64 << 20

const podSchema = z.looseObject({ metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }) })
const argsSchema = z.object({
  pod: podSchema,
  nodes: z
    .object({ items: z.array(z.looseObject({ metadata: z.looseObject({ name: z.string() }) })).nullish() })
    .nullish(),
  nodenames: z.array(z.string()).nullish(),
})

/** Starts serving; resolves when it listens. */
export async function serveExtender(options: ExtenderOptions): Promise<{ port: number; close(): Promise<void> }> {
  const loopback = options.host === '127.0.0.1' || options.host === 'localhost' || options.host === '::1'
  if (!options.tls && !loopback) {
    throw new OpenLocalError(
      'INVALID_ARGUMENT',
      `--extender-listen ${options.host}: without --extender-tls-cert it may listen on loopback only`,
    )
  }
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    answer(options, request)
      .catch((error: unknown) => {
        const status = error instanceof OpenLocalError && error.code === 'INVALID_ARGUMENT' ? 400 : 500
        if (status === 500) options.log.error({ error: messageOf(error) }, 'extender call failed')
        return { status, body: { Error: messageOf(error) } as unknown }
      })
      .then(({ status, body }) => {
        response.writeHead(status, { 'content-type': typeof body === 'string' ? 'text/plain' : 'application/json' })
        response.end(typeof body === 'string' ? body : JSON.stringify(body))
      })
      .catch((error: unknown) => options.log.error({ error: messageOf(error) }, 'extender answer failed'))
  }
  const server: Server = options.tls
    ? createHttpsServer(
        {
          cert: readFileSync(options.tls.certFile),
          key: readFileSync(options.tls.keyFile),
          minVersion: 'TLSv1.2',
          ...(options.tls.clientCaFile
            ? { ca: readFileSync(options.tls.clientCaFile), requestCert: true, rejectUnauthorized: true }
            : {}),
        },
        handle,
      )
    : createHttpServer(handle)
  server.requestTimeout = 30_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, resolve)
  })
  return {
    port: (server.address() as { port: number }).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function answer(options: ExtenderOptions, request: IncomingMessage): Promise<{ status: number; body: unknown }> {
  const path = new URL(request.url ?? '/', 'http://extender').pathname
  if (request.method === 'GET' && path === '/version') return { status: 200, body: options.version }
  const verb = path === '/scheduler/predicates' ? 'filter' : path === '/scheduler/priorities' ? 'prioritize' : undefined
  if (!verb)
    return {
      status: 404,
      body: { Error: `${path} is not served; see /scheduler/predicates and /scheduler/priorities` },
    }
  if (request.method !== 'POST') return { status: 405, body: { Error: `${path} takes POST` } }
  const args = parseArguments(await readBody(request))
  if (!options.ready()) {
    const message = 'Open-Local is starting: what the cluster holds is not known yet'
    return { status: 200, body: verb === 'filter' ? { Error: message } : [] }
  }
  const started = performance.now()
  const whole = args.nodes?.items ?? []
  const names = args.nodenames ?? whole.map((node) => node.metadata.name)
  const pod = args.pod as unknown as Pod
  try {
    if (verb === 'prioritize')
      return {
        status: 200,
        body: scoreNodes(options, pod, names).map(({ node, score }) => ({ Host: node, Score: score })),
      }
    const { fits, refusals } = filterNodes(options, pod, names)
    const kept = new Set(fits)
    return {
      status: 200,
      body: {
        ...(args.nodenames
          ? { NodeNames: fits }
          : { Nodes: { metadata: {}, items: whole.filter((node) => kept.has(node.metadata.name)) } }),
        FailedNodes: Object.fromEntries(refusals.map(({ node, message }) => [node, message])),
        FailedAndUnresolvableNodes: {},
        Error: '',
      },
    }
  } finally {
    options.onCall?.(verb, (performance.now() - started) / 1000)
  }
}

function parseArguments(text: string): z.infer<typeof argsSchema> {
  let raw: unknown
  try {
    raw = JSON.parse(text)
  } catch (cause) {
    throw new OpenLocalError('INVALID_ARGUMENT', `the body is not JSON: ${messageOf(cause)}`, { cause })
  }
  const lower =
    raw && typeof raw === 'object'
      ? Object.fromEntries(Object.entries(raw).map(([key, value]) => [key.toLowerCase(), value]))
      : raw
  const parsed = argsSchema.safeParse(lower)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!
    throw new OpenLocalError('INVALID_ARGUMENT', `ExtenderArgs.${issue.path.join('.')}: ${issue.message}`)
  }
  return parsed.data
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_BODY) throw new OpenLocalError('INVALID_ARGUMENT', `the body is larger than ${MAX_BODY >> 20} MiB`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
