import { request } from 'node:http'
import { expect, test } from './fake.ts'
import { WEB, WEB_PORT } from './ports.ts'

/** fetch does not let a test choose its Host header. */
function statusFor(host: string, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port: WEB_PORT, path, headers: { host } }, (reply) => {
      reply.resume()
      resolve(reply.statusCode ?? 0)
    })
      .on('error', reject)
      .end()
  })
}

test('answers this machine’s own names only', async () => {
  for (const path of ['/', '/api/v1/nodes', '/volumes']) {
    expect(await statusFor(`localhost:${WEB_PORT}`, path)).toBe(200)
    expect(await statusFor('evil.example', path)).toBe(421)
  }
})

test('is read-only', async () => {
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'])
    expect((await fetch(`${WEB}/api/v1/nodes`, { method })).status).toBe(405)
})

test('passes the stream on at once and unpacked', async () => {
  const stop = new AbortController()
  const reply = await fetch(`${WEB}/api/v1/stream`, { headers: { 'accept-encoding': 'gzip' }, signal: stop.signal })
  expect(reply.headers.get('cache-control')).toBe('no-cache, no-transform')
  expect(reply.headers.get('content-encoding')).toBeNull()
  const first = await reply.body!.getReader().read()
  expect(new TextDecoder().decode(first.value)).toContain('event: hello')
  stop.abort()
})

test('gives each page its own policy, without other origins', async () => {
  const policies = await Promise.all(
    [1, 2].map(async () => (await fetch(`${WEB}/`)).headers.get('content-security-policy')!),
  )
  expect(policies[0]).not.toBe(policies[1])
  for (const policy of policies) expect(policy).not.toMatch(/https?:|\*|unsafe-eval/)
})
