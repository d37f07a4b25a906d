import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Node, Store, silentLog } from '@open-local/kube'
import type { NodeLocalStorage } from '@open-local/shared'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { ClusterView } from '../cluster/cluster-view.ts'
import { loopbackTls } from '../testing/loopback-tls.ts'
import { AgentUsage, type AgentUsageOptions } from './agent-usage.ts'

type Handler = (request: IncomingMessage, response: ServerResponse) => void

let folder: string
let agents: Server[]
let port: number
let handlers: Record<string, Handler>
let nodes: Store<Node>
let storages: Store<NodeLocalStorage>
let usage: AgentUsage | undefined

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'open-local-usage-'))
  await writeFile(join(folder, 'ca.crt'), loopbackTls.cert)
  handlers = {}
  nodes = new Store()
  storages = new Store()
  // Agents share a port and differ in their address, as nodes do.
  port = 0
  agents = []
  for (const address of ['127.0.0.1', '127.0.0.2']) {
    const server = createServer(loopbackTls, (request, response) => handlers[address]?.(request, response))
    await new Promise<void>((resolve) => server.listen(port, address, resolve))
    port = (server.address() as AddressInfo).port
    agents.push(server)
  }
})
afterEach(async () => {
  usage?.close()
  usage = undefined
  for (const server of agents) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  await rm(folder, { recursive: true, force: true })
})

function agent(node: string, address: string, handler: Handler): void {
  handlers[address] = handler
  nodes.set({ metadata: { name: node }, status: { addresses: [{ type: 'InternalIP', address }] } })
  storages.set({ apiVersion: 'csi.aliyun.com/v1alpha1', kind: 'NodeLocalStorage', metadata: { name: node } })
}

function reader(options: Partial<AgentUsageOptions> = {}): AgentUsage {
  const view = { nodes, nodeLocalStorages: storages } as unknown as ClusterView
  usage = new AgentUsage(
    view,
    { port, caFile: join(folder, 'ca.crt'), token: async () => 'secret', timeoutMs: 300, ...options },
    silentLog,
  )
  return usage
}

const says = (volume: string, bytes: number): Handler => {
  return (request, response) => {
    if (request.headers.authorization !== 'Bearer secret' || request.url !== '/metrics') {
      response.writeHead(401).end()
      return
    }
    response.end(`# HELP x\nopen_local_volume_used_bytes{volume="${volume}"} ${bytes}\n`)
  }
}

it('asks every agent with the token, over TLS that it verifies', async () => {
  agent('n1', '127.0.0.1', says('local-a', 1))
  agent('n2', '127.0.0.2', says('local-b', 0))
  const { used, heard } = await reader().read()
  expect(used).toEqual(
    new Map([
      ['local-a', 1n],
      ['local-b', 0n],
    ]),
  )
  expect(heard).toEqual(new Set(['n1', 'n2']))
})

it.each<[string, Handler]>([
  ['says nothing at all', () => {}],
  ['never ends its answer', (_, response) => void response.write('open_local_volume_used_bytes{volume="local-b"} 5\n')],
  ['breaks off', (request, response) => void response.write('x', () => request.socket.destroy())],
  ['refuses', (_, response) => void response.writeHead(403).end('open_local_volume_used_bytes{volume="local-b"} 5\n')],
])('an agent that %s is unknown, not zero, and the others are heard', async (_, handler) => {
  agent('n1', '127.0.0.1', says('local-a', 7))
  agent('n2', '127.0.0.2', handler)
  const { used, heard } = await reader().read()
  expect([...used]).toEqual([['local-a', 7n]])
  expect([...heard]).toEqual(['n1'])
})

it('an agent that trickles is given up after the time for a whole answer', async () => {
  let timer: NodeJS.Timeout | undefined
  agent('n1', '127.0.0.1', (_, response) => {
    timer = setInterval(() => response.write('# still here\n'), 20)
    response.on('close', () => clearInterval(timer))
  })
  const { heard } = await reader().read()
  clearInterval(timer)
  expect(heard.size).toBe(0)
})

it('an agent whose certificate the CA has not signed is not believed', async () => {
  agent('n1', '127.0.0.1', says('local-a', 1))
  const { heard } = await reader({ caFile: undefined }).read()
  expect(heard.size).toBe(0)
})

it('without a token nobody is heard, and nothing is thrown', async () => {
  agent('n1', '127.0.0.1', says('local-a', 1))
  const token = () => Promise.reject(new Error('the token file is gone'))
  expect(await reader({ token }).read()).toEqual({ used: new Map(), heard: new Set() })
  storages.delete('n1')
  expect((await reader({ token }).read()).heard.size).toBe(0)
})
