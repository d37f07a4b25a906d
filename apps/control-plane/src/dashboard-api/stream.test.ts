import { get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Delta } from '@open-local/shared/api'
import Fastify, { type FastifyInstance } from 'fastify'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Hub } from './hub.ts'
import { streamTo } from './stream.ts'

let server: FastifyInstance
let readers: Set<(delta: Delta) => void>

beforeEach(async () => {
  readers = new Set()
  const hub = {
    hello: { seq: 1, at: new Date(0).toISOString(), reset: false },
    since: () => undefined,
    listen: (reader: (delta: Delta) => void) => {
      readers.add(reader)
      return () => readers.delete(reader)
    },
  } as unknown as Hub
  server = Fastify()
  server.get('/', (request, reply) => streamTo(hub, request, reply))
  await server.listen({ host: '127.0.0.1', port: 0 })
})
afterEach(async () => {
  server.server.closeAllConnections()
  await server.close()
})

function connect(): Promise<IncomingMessage> {
  const { port } = server.server.address() as AddressInfo
  return new Promise((resolve, reject) => get({ host: '127.0.0.1', port, agent: false }, resolve).on('error', reject))
}

const mebibyte: Delta = {
  seq: 2,
  at: new Date(0).toISOString(),
  changes: [{ resource: 'nodes', key: 'n1', patch: { name: 'x'.repeat(1 << 20) } }],
}
const tell = () => {
  for (const reader of readers) reader(mebibyte)
}
const turn = () => new Promise((resolve) => setImmediate(resolve))

it('a reader that does not read is cut off, and one that does is kept', async () => {
  const slow = await connect()
  const quick = await connect()
  let bytes = 0
  quick.on('data', (chunk: Buffer) => {
    bytes += chunk.length
  })
  expect(readers.size).toBe(2)
  for (let sent = 1; readers.size === 2; sent++) {
    expect(sent, 'MiB sent, and nobody was cut off').toBeLessThan(200)
    tell()
    // The quick one takes what it was sent before there is more.
    while (bytes < sent << 20) await turn()
  }
  expect(readers.size).toBe(1)
  const before = bytes
  tell()
  while (bytes < before + (1 << 20)) await turn()
  slow.destroy()
  quick.destroy()
})

it('a reader that goes is forgotten', async () => {
  const reader = await connect()
  expect(readers.size).toBe(1)
  reader.destroy()
  while (readers.size > 0) await turn()
  expect(readers.size).toBe(0)
})
