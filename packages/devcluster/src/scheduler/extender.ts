import { request as httpRequest } from 'node:http'
import { Agent, request as httpsRequest } from 'node:https'
import type { KubeObject } from '../api/object.ts'
import type { Pod } from '../kinds.ts'
import { type ExtenderConfig, timeoutMsOf, tlsOptions } from './extender-config.ts'
import type { NodeInfo } from './snapshot.ts'

interface Filtered {
  nodes: NodeInfo[]
  /** Why not, by node. */
  failed: Record<string, string>
  failedAndUnresolvable: Record<string, string>
}

const UNTRUSTED = new Set([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
])

/**
 * One extender, called as kube-scheduler 1.36 calls it: POST of JSON with Go's field names, no retries, errors in Go's
 * words. Source: `HTTPExtender`, k8s.io/kube-scheduler/extender/v1.
 */
export class Extender {
  readonly url: string
  readonly ignorable: boolean
  readonly isBinder: boolean
  readonly #config: ExtenderConfig
  readonly #timeoutMs: number
  readonly #agent: Agent | undefined
  readonly #stop = new AbortController()

  constructor(config: ExtenderConfig) {
    this.#config = config
    this.url = config.urlPrefix
    this.ignorable = config.ignorable === true
    this.isBinder = Boolean(config.bindVerb)
    this.#timeoutMs = timeoutMsOf(config)
    if (config.urlPrefix.startsWith('https:')) this.#agent = new Agent({ keepAlive: true, ...tlsOptions(config) })
  }

  /** Whether the pod asks for a resource that the extender manages; it manages all pods when it names none. */
  isInterestedIn({ spec }: Pod): boolean {
    const managed = this.#config.managedResources ?? []
    if (managed.length === 0) return true
    return [...spec.containers, ...(spec.initContainers ?? [])].some(({ resources }) =>
      managed.some(({ name }) => resources?.requests?.[name] !== undefined || resources?.limits?.[name] !== undefined),
    )
  }

  async filter(pod: Pod, nodes: NodeInfo[]): Promise<Filtered> {
    if (!this.#config.filterVerb) return { nodes, failed: {}, failedAndUnresolvable: {} }
    const answer = await this.#post(this.#config.filterVerb, this.#arguments(pod, nodes))
    const error = field(answer, 'Error')
    if (error) throw new Error(String(error))
    const names = field(answer, 'NodeNames') as string[] | null | undefined
    const whole = field(answer, 'Nodes') as { items?: KubeObject[] | null } | null | undefined
    const byName = new Map(nodes.map((info) => [info.name, info]))
    const chosen = this.#config.nodeCacheCapable && names ? names : (whole?.items ?? []).map((n) => n.metadata.name)
    return {
      nodes: chosen.map((name) => {
        const info = byName.get(name)
        if (info) return info
        const url = JSON.stringify(this.url)
        throw new Error(`extender ${url} claims a filtered node "${name}" which is not found in the input node list`)
      }),
      failed: (field(answer, 'FailedNodes') as Record<string, string> | null | undefined) ?? {},
      failedAndUnresolvable:
        (field(answer, 'FailedAndUnresolvableNodes') as Record<string, string> | null | undefined) ?? {},
    }
  }

  /** What is to be added to the scores of nodes: 0..10 times the weight, on the scheduler's scale of 100. */
  async prioritize(pod: Pod, nodes: NodeInfo[]): Promise<Map<string, number>> {
    const { prioritizeVerb, weight = 0 } = this.#config
    if (!prioritizeVerb) return new Map()
    const answer = await this.#post(prioritizeVerb, this.#arguments(pod, nodes))
    const scores = new Map<string, number>()
    for (const item of (answer as object[] | null) ?? []) {
      const host = String(field(item, 'Host'))
      scores.set(host, (scores.get(host) ?? 0) + Number(field(item, 'Score') ?? 0) * weight * 10)
    }
    return scores
  }

  async bind({ metadata }: Pod, nodeName: string): Promise<void> {
    const { name, namespace, uid } = metadata
    const body = { PodName: name, PodNamespace: namespace, PodUID: uid, Node: nodeName }
    const error = field(await this.#post(this.#config.bindVerb!, body), 'Error')
    if (error) throw new Error(String(error))
  }

  /** Ends calls under way. */
  close(): void {
    this.#stop.abort()
    this.#agent?.destroy()
  }

  #arguments(pod: Pod, nodes: readonly NodeInfo[]): object {
    const names = this.#config.nodeCacheCapable
    return {
      Pod: untyped(pod),
      Nodes: names ? null : { metadata: {}, items: nodes.map(({ node }) => untyped(node)) },
      NodeNames: names ? nodes.map(({ name }) => name) : null,
    }
  }

  async #post(verb: string, body: object): Promise<unknown> {
    const url = `${this.url.replace(/\/+$/, '')}/${verb}`
    const { code, text } = await this.#send(url, JSON.stringify(body))
    if (code !== 200) throw new Error(`failed ${verb} with extender at URL ${url}, code ${code}`)
    if (text === '') throw new Error('EOF')
    return JSON.parse(text)
  }

  #send(url: string, body: string): Promise<{ code: number; text: string }> {
    const timeout = AbortSignal.timeout(this.#timeoutMs)
    return new Promise((resolve, reject) => {
      const fail = (error: Error & { code?: string; address?: string; port?: number }): void => {
        let why = error.message
        if (timeout.aborted) why = 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)'
        else if (error.code === 'ECONNREFUSED')
          why = `dial tcp ${error.address}:${error.port}: connect: connection refused`
        else if (error.code === 'ECONNRESET') why = 'EOF'
        else if (UNTRUSTED.has(error.code ?? ''))
          why = 'tls: failed to verify certificate: x509: certificate signed by unknown authority'
        reject(new Error(`Post "${url}": ${why}`))
      }
      const options = {
        method: 'POST',
        agent: this.#agent,
        signal: AbortSignal.any([timeout, this.#stop.signal]),
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
      }
      const request = (this.#agent ? httpsRequest : httpRequest)(url, options, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', fail)
        response.on('end', () =>
          resolve({ code: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
        )
      })
      request.on('error', fail)
      request.end(body)
    })
  }
}

/** Go's informers drop apiVersion and kind of what they hold, so extenders never see them. */
function untyped({ apiVersion: _, kind: __, ...rest }: KubeObject): object {
  return rest
}

/** Go takes field names in any case. */
function field(object: unknown, name: string): unknown {
  if (typeof object !== 'object' || object === null) return undefined
  const key = Object.keys(object).find((k) => k.toLowerCase() === name.toLowerCase())
  return key === undefined ? undefined : (object as Record<string, unknown>)[key]
}
