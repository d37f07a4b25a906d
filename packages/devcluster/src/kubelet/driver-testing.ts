import { mkdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Server, ServerCredentials, type ServiceDefinition, status } from '@grpc/grpc-js'
import { loadServices } from '../grpc-client.ts'

interface Services {
  csi: { v1: { Node: { service: ServiceDefinition } } }
  pluginregistration: { Registration: { service: ServiceDefinition } }
}

type Answer = (error: { code: number; details: string } | null, value?: object) => void
type Request = { request: Record<string, unknown> }

/** A CSI driver on a node, as far as its kubelet sees it: it registers, and notes what is asked of it. */
export class TestDriver {
  /** `stage h1`, `publish h1 <target>`… in order. */
  readonly calls: string[] = []
  readonly requests: Record<string, unknown>[] = []
  /** Refuses the next calls of a method. */
  readonly refuse = new Map<string, number>()
  readonly #server = new Server()
  readonly #socket: string

  constructor(kubeletDir: string) {
    this.#socket = join(kubeletDir, 'plugins_registry', 'test-reg.sock')
    const { csi } = loadServices<Pick<Services, 'csi'>>('csi-node.proto')
    const { pluginregistration } = loadServices<Pick<Services, 'pluginregistration'>>('plugin-registration.proto')
    this.#server.addService(pluginregistration.Registration.service, {
      GetInfo: (_: Request, answer: Answer) =>
        answer(null, {
          type: 'CSIPlugin',
          name: 'csi.example.com',
          endpoint: this.#socket,
          supported_versions: ['1.0.0'],
        }),
      NotifyRegistrationStatus: ({ request }: Request, answer: Answer) => {
        this.calls.push(`registered ${request.plugin_registered}`)
        answer(null, {})
      },
    })
    const noted =
      (method: string, word: string, path: string) =>
      ({ request }: Request, answer: Answer) => {
        this.requests.push(request)
        const left = this.refuse.get(word) ?? 0
        if (left > 0) {
          this.refuse.set(word, left - 1)
          answer({ code: status.INTERNAL, details: `no ${method} today` })
          return
        }
        this.calls.push(`${word} ${request.volume_id} ${String(request[path]).split('/').slice(-3).join('/')}`)
        answer(null, {})
      }
    this.#server.addService(csi.v1.Node.service, {
      NodeGetInfo: (_: Request, answer: Answer) =>
        answer(null, {
          node_id: 'n',
          max_volumes_per_node: 5,
          accessible_topology: { segments: { 'example.com/node': 'n' } },
        }),
      NodeGetCapabilities: (_: Request, answer: Answer) =>
        answer(null, { capabilities: [{ rpc: { type: 1 } }, { rpc: { type: 5 } }] }),
      NodeStageVolume: noted('staging', 'stage', 'staging_target_path'),
      NodeUnstageVolume: noted('unstaging', 'unstage', 'staging_target_path'),
      NodePublishVolume: noted('publishing', 'publish', 'target_path'),
      NodeUnpublishVolume: noted('unpublishing', 'unpublish', 'target_path'),
    })
  }

  async start(): Promise<void> {
    await mkdir(dirname(this.#socket), { recursive: true })
    await rm(this.#socket, { force: true })
    await new Promise<void>((resolve, reject) =>
      this.#server.bindAsync(`unix://${this.#socket}`, ServerCredentials.createInsecure(), (error) =>
        error ? reject(error) : resolve(),
      ),
    )
  }

  async stop(): Promise<void> {
    this.#server.forceShutdown()
    await rm(this.#socket, { force: true })
  }

  /** How often something was asked and done. */
  count(word: string): number {
    return this.calls.filter((call) => call.startsWith(`${word} `)).length
  }
}
