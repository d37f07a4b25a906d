import { X509Certificate } from 'node:crypto'
import { request } from 'node:https'
import { KubeClient, subjectAccessReviews, tokenReviews } from '@open-local/kube'
import { startFakeApiServer } from '@open-local/kube/testing'
import { afterEach, expect, it } from 'vitest'
import { PathAccess, type Verdict } from './access.ts'
import { selfSignedCertificate } from './self-signed.ts'
import { type HttpServer, serveHttp } from './serve-http.ts'

let server: HttpServer | undefined
afterEach(async () => {
  await server?.stop()
  server = undefined
})

async function serve(verdict: Verdict | Error = 'allowed', ready = true): Promise<void> {
  server = await serveHttp({
    host: '127.0.0.1',
    port: 0,
    ...selfSignedCertificate('node-1'),
    isHealthy: () => true,
    isReady: () => ready,
    checkAccess: async () => {
      if (verdict instanceof Error) throw verdict
      return verdict
    },
    metrics: async () => ({ contentType: 'text/plain; version=0.0.4', text: 'a 1\n' }),
  })
}

function call(path: string, method = 'GET', body?: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port: server!.port, path, method, rejectUnauthorized: false, agent: false }
    const sent = request(options, (response) => {
      let text = ''
      response.on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
    })
    sent.on('error', reject).end(body)
  })
}

it.each([
  ['/healthz', 'GET', 200],
  ['/readyz', 'GET', 200],
  ['/metrics', 'GET', 200],
  ['/metrics?x=1', 'GET', 200],
  ['/', 'GET', 404],
  ['/metrics/..', 'GET', 404],
  ['/debug', 'POST', 404],
  ['/metrics', 'POST', 405],
  ['/healthz', 'DELETE', 405],
])('%s %s is %i', async (path, method, status) => {
  await serve()
  expect((await call(path, method)).status).toBe(status)
})

it.each([
  ['unauthenticated', 401],
  ['forbidden', 403],
  [new Error('down'), 503],
] as const)('tells %s nothing of the metrics', async (verdict, status) => {
  await serve(verdict)
  const answer = await call('/metrics')
  expect(answer.status).toBe(status)
  expect(answer.text).not.toContain('a 1')
  expect((await call('/healthz')).status).toBe(200)
})

it('is not ready before it is, and refuses what is too large', async () => {
  await serve('allowed', false)
  expect((await call('/readyz')).status).toBe(503)
  await expect(call(`/${'x'.repeat(40_000)}`)).resolves.toMatchObject({ status: 431 })
})

it('makes a certificate for its name that a verifier accepts', () => {
  const { cert, key } = selfSignedCertificate('node-1.example', new Date('2026-03-01T12:00:00Z'))
  const parsed = new X509Certificate(cert)
  expect(parsed.subject).toBe('CN=node-1.example')
  expect(parsed.checkHost('node-1.example')).toBe('node-1.example')
  expect(parsed.verify(parsed.publicKey)).toBe(true)
  expect(parsed.validToDate.toISOString()).toBe('2036-03-01T12:00:00.000Z')
  expect(key).toContain('PRIVATE KEY')
})

it('asks Kubernetes who may read, and remembers a yes longer than a no', async () => {
  const api = await startFakeApiServer()
  let now = 0
  try {
    api.onCreate(tokenReviews, (review) => {
      const authenticated = review.spec.token !== 'bad'
      return { ...review, status: { authenticated, user: { username: review.spec.token, groups: ['g'] } } }
    })
    api.onCreate(subjectAccessReviews, (review) => ({ ...review, status: { allowed: review.spec.user === 'good' } }))
    const access = new PathAccess(new KubeClient(api.connection), () => now)
    expect(await access.check(undefined, '/metrics')).toBe('unauthenticated')
    expect(await access.check('Basic Z29vZA==', '/metrics')).toBe('unauthenticated')
    expect(api.requests).toHaveLength(0)
    expect(await access.check('Bearer good', '/metrics')).toBe('allowed')
    expect(await access.check('Bearer other', '/metrics')).toBe('forbidden')
    expect(await access.check('Bearer bad', '/metrics')).toBe('unauthenticated')
    const asked = api.requests.length
    expect(asked).toBe(5)
    expect(api.requests[1]?.body).toMatchObject({
      spec: { user: 'good', groups: ['g'], nonResourceAttributes: { path: '/metrics', verb: 'get' } },
    })
    await access.check('Bearer good', '/metrics')
    await access.check('Bearer bad', '/metrics')
    expect(api.requests).toHaveLength(asked)
    now = 11_000
    await access.check('Bearer good', '/metrics')
    await access.check('Bearer bad', '/metrics')
    expect(api.requests).toHaveLength(asked + 1)
    now = 61_000
    await access.check('Bearer good', '/metrics')
    expect(api.requests).toHaveLength(asked + 3)
  } finally {
    await api.close()
  }
})
