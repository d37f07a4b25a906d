import { fileURLToPath } from 'node:url'
import {
  type ChannelCredentials,
  type Client,
  credentials,
  loadPackageDefinition,
  type ServiceError,
  status,
} from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'

export interface Topology {
  segments: Record<string, string>
}
export interface CreateVolumeRequest {
  name: string
  capacity_range: { required_bytes: string }
  volume_capabilities: {
    access_mode: { mode: number }
    mount?: { fs_type: string; mount_flags: string[] }
    block?: object
  }[]
  parameters: Record<string, string>
  accessibility_requirements?: { requisite: Topology[]; preferred: Topology[] }
}
export interface CreatedVolume {
  capacity_bytes: string
  volume_id: string
  volume_context: Record<string, string>
  accessible_topology: Topology[]
}

const definition = loadSync(fileURLToPath(new URL('../../proto/csi-controller.proto', import.meta.url)), {
  keepCase: true,
  longs: String,
  defaults: true,
})

type Unary = (
  request: object,
  options: { deadline: Date },
  done: (error: ServiceError | null, answer: object) => void,
) => void
type Service = Client & Record<string, Unary>
type ServiceConstructor = new (address: string, credentials: ChannelCredentials) => Service

const { csi } = loadPackageDefinition(definition) as unknown as {
  csi: { v1: { Identity: ServiceConstructor; Controller: ServiceConstructor } }
}

/** The controller service of a CSI driver behind a unix socket. Calls reject with grpc's ServiceError. */
export class CsiControllerClient {
  readonly #identity: Service
  readonly #controller: Service
  readonly #timeoutMs: number

  constructor(socket: string, timeoutMs: number) {
    this.#timeoutMs = timeoutMs
    this.#identity = new csi.v1.Identity(`unix://${socket}`, credentials.createInsecure())
    this.#controller = new csi.v1.Controller(`unix://${socket}`, credentials.createInsecure())
  }

  async driverName(): Promise<string> {
    return ((await this.#call(this.#identity, 'GetPluginInfo', {})) as { name: string }).name
  }

  async createVolume(request: CreateVolumeRequest): Promise<CreatedVolume> {
    return ((await this.#call(this.#controller, 'CreateVolume', request)) as { volume: CreatedVolume }).volume
  }

  async deleteVolume(volumeId: string): Promise<void> {
    await this.#call(this.#controller, 'DeleteVolume', { volume_id: volumeId })
  }

  close(): void {
    this.#identity.close()
    this.#controller.close()
  }

  #call(service: Service, method: string, request: object): Promise<object> {
    return new Promise((resolve, reject) => {
      const deadline = new Date(Date.now() + this.#timeoutMs)
      service[method]!.call(service, request, { deadline }, (error, answer) =>
        error ? reject(error) : resolve(answer),
      )
    })
  }
}

/** `rpc error: code = ResourceExhausted desc = …`, as Go programs print it. */
export function errorText(error: unknown): string {
  const { code, details } = error as Partial<ServiceError>
  if (code === undefined) return (error as Error).message
  const name = (status[code] ?? 'UNKNOWN')
    .toLowerCase()
    .replace(/(^|_)(.)/g, (_, __, letter: string) => letter.toUpperCase())
  return `rpc error: code = ${name} desc = ${details}`
}
