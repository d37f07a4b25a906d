import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { CertificateAuthority, type KeyPairPem } from '../certificates.ts'
import type { ExtenderConfig } from './extender-config.ts'
import { DRIVER, TestCluster } from './scheduler-testing.ts'

interface Arguments {
  Pod: { metadata: { name: string }; kind?: string }
  Nodes: { items: { metadata: { name: string }; kind?: string }[] } | null
  NodeNames: string[] | null
}
interface Call {
  verb: string
  body: Arguments
  client: string
}
type Answer = (call: Call) => unknown

let dir: string
let authority: CertificateAuthority
let client: KeyPairPem
let server: Server
let calls: Call[]
let answers: Record<string, Answer>
let cluster: TestCluster | undefined

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'extender-'))
  authority = await CertificateAuthority.ensure(dir, 'ca')
  client = await authority.issue({ commonName: 'system:kube-scheduler', client: true })
  const pair = await authority.issue({ commonName: 'extender', hosts: ['127.0.0.1'] })
  const tls = { cert: pair.certificate, key: pair.key, ca: authority.certificatePem, requestCert: true }
  server = createServer({ ...tls, rejectUnauthorized: true }, async (request, response) => {
    let text = ''
    for await (const chunk of request) text += chunk
    const verb = request.url!.replace('/scheduler/', '')
    const call = {
      verb,
      body: JSON.parse(text),
      client: (request.socket as TLSSocket).getPeerCertificate().subject.CN as string,
    }
    calls.push(call)
    const answer = await answers[verb]?.(call)
    response.writeHead(answer === undefined ? 500 : 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(answer))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await rm(dir, { recursive: true })
})
beforeEach(() => {
  calls = []
  answers = {}
})
afterEach(async () => {
  await cluster?.stop()
  cluster = undefined
})

const base64 = (pem: string): string => Buffer.from(pem).toString('base64')
const prefix = (): string => `https://127.0.0.1:${(server.address() as AddressInfo).port}/scheduler`
const until = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 10_000, interval: 10 })
const keepAll: Answer = ({ body }) => ({ NodeNames: body.NodeNames, FailedNodes: {}, Error: '' })

function begin(more: Partial<ExtenderConfig> = {}): TestCluster {
  const config: ExtenderConfig = {
    urlPrefix: prefix(),
    filterVerb: 'predicates',
    prioritizeVerb: 'priorities',
    weight: 10,
    nodeCacheCapable: true,
    httpTimeout: '30s',
    ignorable: false,
    enableHTTPS: true,
    tlsConfig: {
      caData: base64(authority.certificatePem),
      certData: base64(client.certificate),
      keyData: base64(client.key),
    },
    ...more,
  }
  cluster = new TestCluster({ extenders: [config] })
  for (const name of ['a', 'b', 'c']) cluster.node(name)
  cluster.start()
  return cluster
}

describe('an extender over HTTPS', () => {
  it('is asked with names, its certificate checked and ours shown, and its scores decide', async () => {
    answers = {
      predicates: keepAll,
      priorities: ({ body }) => body.NodeNames!.map((Host) => ({ Host, Score: Host === 'b' ? 10 : 0 })),
    }
    const it = begin()
    it.pod('p')
    await until(() => expect(it.nodeOf('p')).toBe('b'))
    expect(calls.map(({ verb }) => verb)).toEqual(['predicates', 'priorities'])
    expect(calls[0]!.client).toBe('system:kube-scheduler')
    expect(Object.keys(calls[0]!.body)).toEqual(['Pod', 'Nodes', 'NodeNames'])
    expect(calls[0]!.body).toMatchObject({ Pod: { metadata: { name: 'p' } }, Nodes: null })
    expect(calls[0]!.body.NodeNames!.toSorted()).toEqual(['a', 'b', 'c'])
    expect(calls[0]!.body.Pod.kind).toBeUndefined()
  })

  it('is given whole nodes when it keeps none, and is not asked for scores of a single node', async () => {
    answers = {
      predicates: ({ body }) => ({ Nodes: { items: body.Nodes!.items.filter((node) => node.metadata.name === 'c') } }),
    }
    const [certFile, keyFile] = [join(dir, 'client.crt'), join(dir, 'client.key')]
    await Promise.all([writeFile(certFile, client.certificate), writeFile(keyFile, client.key)])
    const tlsConfig = { caFile: join(dir, 'ca.crt'), certFile, keyFile }
    const it = begin({ nodeCacheCapable: false, tlsConfig })
    it.pod('p')
    await until(() => expect(it.nodeOf('p')).toBe('c'))
    expect(calls.map(({ verb }) => verb)).toEqual(['predicates'])
    expect(calls[0]!.body.NodeNames).toBeNull()
    expect(calls[0]!.body.Nodes).toMatchObject({ metadata: {} })
    expect(calls[0]!.body.Nodes!.items[0]).not.toHaveProperty('kind')
  })

  it('has its reasons in the message, and any change makes it be asked again', async () => {
    const FailedNodes = { a: 'no pool', b: 'no pool', c: 'node c has 1Gi free' }
    answers = {
      predicates: () => ({ NodeNames: [], FailedNodes, FailedAndUnresolvableNodes: { c: 'never' }, Error: '' }),
    }
    const it = begin()
    it.pod('p')
    const message =
      '0/3 nodes are available: 1 never, 2 no pool. preemption: 0/3 nodes are available: ' +
      '1 Preemption is not helpful for scheduling, 2 No preemption victims found for incoming pod.'
    await until(() => expect(it.why('p')).toBe(message))
    answers = { predicates: ({ body }) => ({ nodenames: body.NodeNames!.slice(0, 1) }) }
    it.capacity('any', 'some', 'a', '1Gi')
    await until(() => expect(it.nodeOf('p')).toBeDefined())
    expect(it.events('p')[0]).toBe(`Warning FailedScheduling: ${message}`)
  })

  it.each<[string, Partial<ExtenderConfig>, Answer | undefined, () => string]>([
    ['its own error', {}, () => ({ Error: 'not ready' }), () => 'not ready'],
    ['a code', {}, undefined, () => `failed predicates with extender at URL ${prefix()}/predicates, code 500`],
    [
      'a node nobody asked about',
      {},
      () => ({ NodeNames: ['z'] }),
      () => `extender "${prefix()}" claims a filtered node "z" which is not found in the input node list`,
    ],
    [
      'no answer in time',
      { httpTimeout: '50ms' },
      () => new Promise(() => {}),
      () => `Post "${prefix()}/predicates": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
    ],
    [
      'nobody there',
      { urlPrefix: 'https://127.0.0.1:1/x/' },
      undefined,
      () => 'Post "https://127.0.0.1:1/x/predicates": dial tcp 127.0.0.1:1: connect: connection refused',
    ],
  ])('fails the pod with %s, as an error of the scheduler', async (_, config, predicates, message) => {
    if (predicates) answers = { predicates }
    const it = begin(config)
    it.pod('p')
    await until(() => expect(it.why('p')).toBe(message()))
    expect(it.getPod('p').status!.conditions![0]!.reason).toBe('SchedulerError')
    expect(it.events('p')).toEqual([`Warning FailedScheduling: ${message()}`])
  })

  it('is left out when it fails and may be', async () => {
    const it = begin({ ignorable: true, prioritizeVerb: undefined })
    it.pod('p')
    await until(() => expect(it.nodeOf('p')).toBeDefined())
  })

  it('may see a node go meanwhile', async () => {
    answers = {
      predicates: (call) => {
        cluster!.api.delete('nodes', undefined, 'c')
        return keepAll(call)
      },
      priorities: () => [{ Host: 'a', Score: 1 }],
    }
    const it = begin()
    it.pod('p')
    await until(() => expect(it.nodeOf('p')).toBe('a'))
  })

  it('does without scores when it fails to give them', async () => {
    answers = { predicates: keepAll }
    const it = begin()
    it.pod('p')
    await until(() => expect(it.nodeOf('p')).toBeDefined())
    expect(it.logged).toContain(
      `extender ${prefix()} gives no scores: failed priorities with extender at URL ${prefix()}/priorities, code 500`,
    )
  })

  it('is not trusted when its certificate is from elsewhere', async () => {
    const other = await CertificateAuthority.ensure(dir, 'other')
    const [certData, keyData] = [base64(client.certificate), base64(client.key)]
    const it = begin({ tlsConfig: { caData: base64(other.certificatePem), certData, keyData } })
    it.pod('p')
    const why = 'tls: failed to verify certificate: x509: certificate signed by unknown authority'
    await until(() => expect(it.why('p')).toBe(`Post "${prefix()}/predicates": ${why}`))
    expect(calls).toEqual([])
  })

  it('is asked only about pods with resources it manages, which the scheduler then may leave to it', async () => {
    answers = { predicates: ({ body }) => ({ NodeNames: body.NodeNames!.slice(0, 1) }) }
    const it = begin({ managedResources: [{ name: 'example.com/disk', ignoredByScheduler: true }] })
    it.pod('plain')
    const requests = { 'example.com/disk': '1' }
    it.pod('p', { containers: [{ name: 'c', image: 'i', resources: { requests, limits: requests } }] })
    await until(() => expect([it.nodeOf('plain'), it.nodeOf('p')]).not.toContain(undefined))
    expect(calls.map(({ body }) => body.Pod.metadata.name)).toEqual(['p'])
  })

  it('binds in place of the scheduler, after the volumes are bound', async () => {
    answers = {
      predicates: keepAll,
      bind: ({ body }) => {
        const { PodName, PodNamespace, Node } = body as unknown as Record<string, string>
        const claim = cluster!.api.get('persistentvolumeclaims', 'default', 'claim') as {
          spec?: { volumeName?: string }
        }
        bound.push(claim.spec?.volumeName)
        cluster!.api.patch('pods', PodNamespace, PodName!, { spec: { nodeName: Node } })
        return { Error: '' }
      },
    }
    const bound: unknown[] = []
    const it = begin({ bindVerb: 'bind', prioritizeVerb: undefined })
    it.storageClass('fast', { provisioner: DRIVER })
    it.claim('claim', 'fast')
    it.pod('p', { claims: ['claim'] })
    await until(() => expect(it.events('p')).toHaveLength(1))
    expect(bound).toEqual(['pvc-claim'])
    const { uid } = it.getPod('p').metadata
    const last = calls.at(-1)!.body
    expect(last).toEqual({ PodName: 'p', PodNamespace: 'default', PodUID: uid, Node: it.nodeOf('p') })
  })

  it('gets the last room right for pods that come together', async () => {
    answers = { predicates: keepAll, priorities: () => [] }
    const it = begin()
    for (let n = 0; n < 12; n++) it.pod(`p${n}`, { cpu: '1500m' })
    await until(() => {
      const nodes = Array.from({ length: 12 }, (_, n) => it.nodeOf(`p${n}`))
      expect(nodes.filter(Boolean)).toHaveLength(6)
      for (const name of ['a', 'b', 'c']) expect(nodes.filter((node) => node === name)).toHaveLength(2)
    })
  })

  it('must be configured as kube-scheduler would take it', () => {
    expect(() => new TestCluster({ extenders: [{ urlPrefix: 'https://x', prioritizeVerb: 'p' }] })).toThrow(
      'extenders[0].weight: must have a positive weight applied to it',
    )
    expect(() => new TestCluster({ extenders: [{ urlPrefix: 'https://x', httpTimeout: '5 s' }] })).toThrow(
      'httpTimeout: time: invalid duration "5 s"',
    )
  })
})
