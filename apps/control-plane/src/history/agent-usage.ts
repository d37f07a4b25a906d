import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import type { Log } from '@open-local/kube'
import { messageOf } from '@open-local/shared'
import type { ClusterView } from '../cluster/cluster-view.ts'

export interface AgentUsageOptions {
  port: number
  /** PEM; without it the system's authorities. */
  caFile?: string
  token: () => Promise<string>
  /** For one whole answer. */
  timeoutMs?: number
}

const TIMEOUT_MS = 5_000
const PARALLEL = 20
const MAX_BYTES = 16 << 20
const line = /^open_local_volume_used_bytes\{([^}]*)\} (\S+)$/

/** What the agents said. */
export interface Usage {
  /** Volume id → bytes used inside it. */
  used: Map<string, bigint>
  /** Nodes whose agents answered: what others hold is unknown. */
  heard: Set<string>
}

/** Bytes used inside volumes, asked of each node's agent. A silent agent's volumes are unknown, never zero. */
export class AgentUsage {
  readonly #options: AgentUsageOptions
  readonly #view: ClusterView
  readonly #log: Log
  readonly #agent: Agent
  /** Nodes that were silent last time: said once. */
  readonly #silent = new Set<string>()

  constructor(view: ClusterView, options: AgentUsageOptions, log: Log) {
    this.#options = options
    this.#view = view
    this.#log = log
    this.#agent = new Agent({
      keepAlive: true,
      maxSockets: 1,
      ...(options.caFile ? { ca: readFileSync(options.caFile) } : {}),
    })
  }

  /** Asks every agent; never throws. */
  async read(): Promise<Usage> {
    const targets = this.#view.nodeLocalStorages.list().flatMap((storage) => {
      const node = this.#view.nodes.get(storage.metadata.name)
      const address = node?.status?.addresses?.find((a) => a.type === 'InternalIP')?.address
      return address ? [{ node: storage.metadata.name, address }] : []
    })
    const usage: Usage = { used: new Map(), heard: new Set() }
    const queue = targets.values()
    const token = this.#options.token()
    const worker = async () => {
      for (const { node, address } of queue) {
        try {
          for (const [volume, bytes] of parseUsage(await this.#get(address, await token))) usage.used.set(volume, bytes)
          usage.heard.add(node)
          this.#silent.delete(node)
        } catch (error) {
          if (!this.#silent.has(node))
            this.#log.warn({ node, error: messageOf(error) }, 'the agent’s metrics cannot be read')
          this.#silent.add(node)
        }
      }
    }
    // Nobody may be asked at all; a token that cannot be had is then nobody's trouble.
    token.catch(() => {})
    await Promise.all(Array.from({ length: PARALLEL }, worker))
    return usage
  }

  close(): void {
    this.#agent.destroy()
  }

  #get(address: string, token: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const call = request(
        {
          host: address,
          port: this.#options.port,
          path: '/metrics',
          agent: this.#agent,
          // For all of it: an agent that sends a byte now and then must not hold up the others' samples.
          signal: AbortSignal.timeout(this.#options.timeoutMs ?? TIMEOUT_MS),
          headers: { authorization: `Bearer ${token}` },
        },
        (response) => {
          let text = ''
          response.setEncoding('utf8').on('data', (chunk: string) => {
            text += chunk
            if (text.length > MAX_BYTES) response.destroy(new Error('the answer is too large'))
          })
          response.on('error', reject)
          response.on('end', () =>
            response.statusCode === 200 ? resolve(text) : reject(new Error(`/metrics answered ${response.statusCode}`)),
          )
        },
      )
      call.on('error', reject)
      call.end()
    })
  }
}

/** Reads the gauge `open_local_volume_used_bytes{volume="…"}` of a Prometheus text. Other lines are skipped. */
export function parseUsage(text: string): Map<string, bigint> {
  const used = new Map<string, bigint>()
  for (const row of text.split('\n')) {
    const match = line.exec(row)
    const volume = match && /(?:^|,)volume="((?:[^"\\]|\\.)*)"/.exec(match[1]!)?.[1]
    const value = Number(match?.[2])
    if (volume && Number.isFinite(value) && value >= 0) used.set(volume, BigInt(Math.round(value)))
  }
  return used
}
