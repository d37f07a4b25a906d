import { createHash } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RealSystem } from '../harness/system.ts'

const GROUP = '/apis/csi.aliyun.com/v1alpha1'

export function identities(system: () => RealSystem): void {
  describe('an agent’s token', () => {
    const storage = (node: string) => ({
      apiVersion: 'csi.aliyun.com/v1alpha1',
      kind: 'NodeLocalStorage',
      metadata: { name: node },
      spec: { nodeName: node },
    })
    const volume = (name: string, node: string) => ({
      apiVersion: 'csi.aliyun.com/v1alpha1',
      kind: 'NodeLocalVolume',
      metadata: { name },
      spec: {
        nodeName: node,
        driver: 'local.csi.aliyun.com',
        volumeType: 'LVM',
        pool: 'open-local-pool-0',
        sizeBytes: 4194304,
      },
    })
    const admin = (...args: string[]) => system().kubectl(args, { reject: false })
    let token: string

    /** As the agent of the first node, with the very kind of token that its pod would have. */
    const asAgent = async (method: string, path: string, body?: unknown) =>
      call(`${system().server}${path}`, method, {
        token,
        body,
        contentType: 'application/merge-patch+json',
      })

    beforeAll(async () => {
      const node = system().machines[0]!.name
      const { metadata } = await system().get<{ metadata: { uid: string } }>(`/api/v1/nodes/${node}`)
      token = (
        await system().kubectl([
          ...['create', 'token', 'open-local-agent', '-n', 'kube-system', '--duration=1h'],
          ...['--bound-object-kind=Node', `--bound-object-name=${node}`, `--bound-object-uid=${metadata.uid}`],
        ])
      ).stdout.trim()
      for (const object of [storage('elsewhere'), volume('foreign', 'elsewhere'), volume('decoy', node)]) {
        await system().kubectl(['create', '-f', '-'], { input: JSON.stringify(object) })
      }
    })
    afterAll(async () => {
      await admin('delete', 'nlv', 'foreign', 'decoy', '--wait=false')
      await admin('delete', 'nls', 'elsewhere', '--wait=false')
    })

    it('may write the status of its own node’s storage', async () => {
      const own = system().machines[0]!.name
      expect((await asAgent('PATCH', `${GROUP}/nodelocalstorages/${own}/status`, { status: {} })).status).toBe(200)
    })

    it.each([
      [
        'another node’s storage',
        'PATCH',
        `${GROUP}/nodelocalstorages/elsewhere/status`,
        { status: { nodeStorageInfo: { phase: 'Running' } } },
      ],
      ['another node’s volume', 'PATCH', `${GROUP}/nodelocalvolumes/foreign/status`, { status: { phase: 'Ready' } }],
      [
        'another node’s finalizers',
        'PATCH',
        `${GROUP}/nodelocalvolumes/foreign`,
        { metadata: { finalizers: ['x.example/y'] } },
      ],
      ['its own volume’s spec', 'PATCH', `${GROUP}/nodelocalvolumes/decoy`, { spec: { sizeBytes: 8388608 } }],
      ['a new volume', 'POST', `${GROUP}/nodelocalvolumes`, {}],
      ['a deletion', 'DELETE', `${GROUP}/nodelocalvolumes/decoy`, undefined],
      ['secrets', 'GET', '/api/v1/secrets', undefined],
      ['pods', 'GET', '/api/v1/pods', undefined],
    ] as const)('is refused %s', async (_, method, path, body) => {
      const answer = await asAgent(method, path, body)
      expect([403, 422], answer.body).toContain(answer.status)
    })
  })

  describe('every listening port', () => {
    it('refuses to write for someone without an identity', async () => {
      const open: string[] = []
      const probed: string[] = []
      for (const { owner, address, port } of await listeners(system())) {
        for (const scheme of ['https', 'http'] as const) {
          for (const [method, path] of [
            ['POST', '/'],
            ['DELETE', '/api/v1/nodes/n1'],
            ['PUT', '/api/v1/volumes/x/y'],
            ['POST', '/scheduler/predicates'],
            ['PATCH', `${GROUP}/nodelocalvolumes/x`],
          ] as const) {
            const answer = await call(`${scheme}://${address}:${port}${path}`, method, { body: {} }).catch(
              () => undefined,
            )
            probed.push(`${owner} ${port}`)
            if (answer && answer.status < 400)
              open.push(`${owner} at ${address}:${port} answered ${answer.status} to ${method} ${path}`)
          }
        }
      }
      expect(open).toEqual([])
      expect(new Set(probed).size).toBeGreaterThan(4)
    })

    it('of ours in a node is the agent’s alone, and it lets nobody read metrics without an identity', async () => {
      const node = system().cluster.nodes[0]!
      const { stdout } = await node.exec('ss -Hltnp')
      const ours = stdout.split('\n').filter((line) => /"(node|agent|MainThread)"/.test(line))
      expect(ours).toHaveLength(1)
      expect(ours[0]).toContain(':9808')
      const base = `https://${node.address}:9808`
      expect((await call(`${base}/healthz`, 'GET')).status).toBe(200)
      expect((await call(`${base}/metrics`, 'GET')).status).toBe(401)
      expect(
        (await call(`${base}/metrics`, 'GET', { token: createHash('sha256').update('guess').digest('hex') })).status,
      ).toBe(401)
      expect((await call(`${base}/metrics`, 'POST')).status).toBe(405)
    })
  })
}

interface Listener {
  owner: string
  address: string
  port: number
}

/** What listens on this host for this cluster, from the kernel: every socket of this process's children. */
async function listeners(system: RealSystem): Promise<Listener[]> {
  const { execa } = await import('execa')
  const { stdout } = await execa('ss', ['-Hltnp'])
  const { stdout: tree } = await execa('ps', ['-eo', 'pid=,ppid='])
  const parents = new Map(tree.split('\n').map((line) => line.trim().split(/\s+/).map(Number) as [number, number]))
  const descends = (pid: number): boolean => pid === process.pid || (pid > 1 && descends(parents.get(pid) ?? 0))
  const found = stdout.split('\n').flatMap((line) => {
    const pid = Number(/pid=(\d+)/.exec(line)?.[1])
    const local = line.trim().split(/\s+/)[3] ?? ''
    const at = local.lastIndexOf(':')
    if (!pid || pid === process.pid || !descends(pid)) return []
    return [
      { owner: /"([^"]+)"/.exec(line)?.[1] ?? '?', address: local.slice(0, at), port: Number(local.slice(at + 1)) },
    ]
  })
  // Nothing may listen beyond loopback.
  for (const { owner, address } of found) {
    if (!address.startsWith('127.') && address !== '[::1]') throw new Error(`${owner} listens on ${address}`)
  }
  if (!system.machines.length) throw new Error('no nodes')
  return found
}

interface CallOptions {
  token?: string
  body?: unknown
  contentType?: string
}

function call(url: string, method: string, options: CallOptions = {}): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const headers: Record<string, string> = {
      'content-type': method === 'POST' ? 'application/json' : (options.contentType ?? 'application/json'),
    }
    if (options.token) headers.authorization = `Bearer ${options.token}`
    const send = url.startsWith('https:') ? httpsRequest : httpRequest
    const outgoing = send(
      url,
      { method, headers, timeout: 10_000, ...(url.startsWith('https:') ? { rejectUnauthorized: false } : {}) },
      (answer) => {
        let body = ''
        answer.setEncoding('utf8').on('data', (chunk: string) => {
          body += chunk
        })
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body }))
        answer.on('error', reject)
      },
    )
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer')))
    outgoing.on('error', reject)
    outgoing.end(options.body === undefined ? undefined : JSON.stringify(options.body))
  })
}
