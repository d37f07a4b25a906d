import { OpenLocalError } from '@open-local/shared'
import type { FastifyInstance } from 'fastify'

const loopback = /^(localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/

/** PERMISSION_DENIED for anything but loopback: there is no sign-in yet, so nobody else may read. */
export function requireLoopback(host: string): void {
  if (loopback.test(host) || host === '::1') return
  throw new OpenLocalError(
    'PERMISSION_DENIED',
    `--api-listen ${host}: the dashboard API has no sign-in yet and listens on loopback only; use 127.0.0.1`,
  )
}

/**
 * Refuses what a web page elsewhere could make a browser send: foreign Host names (DNS rebinding), foreign Origins,
 * cross-site requests, and every method that is not a read.
 */
export function guardLoopback(server: FastifyInstance): void {
  server.addHook('onRequest', async (request, reply) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      reply.header('allow', 'GET, HEAD').code(405)
      throw new OpenLocalError('UNIMPLEMENTED', `${request.method} is not offered: this API only reads`)
    }
    const { host = '', origin, 'sec-fetch-site': site } = request.headers
    if (!loopback.test(host))
      throw new OpenLocalError(
        'PERMISSION_DENIED',
        `Host "${host}" is not this machine; open the dashboard by http://127.0.0.1`,
      )
    if (origin !== undefined && !loopback.test(origin.replace(/^https?:\/\//, '')))
      throw new OpenLocalError('PERMISSION_DENIED', `Origin "${origin}" may not read this`)
    if (site === 'cross-site') throw new OpenLocalError('PERMISSION_DENIED', 'another site may not read this')
  })
}
