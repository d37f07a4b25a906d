import { GrpcClient, loadServices } from '../grpc-client.ts'

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

const { csi } = loadServices<{ csi: { v1: { Identity: unknown; Controller: unknown } } }>('csi-controller.proto')

/** The controller service of a CSI driver behind a unix socket. Calls reject with grpc's ServiceError. */
export class CsiControllerClient {
  readonly #identity: GrpcClient
  readonly #controller: GrpcClient

  constructor(socket: string, timeoutMs: number) {
    this.#identity = new GrpcClient(csi.v1.Identity, socket, timeoutMs)
    this.#controller = new GrpcClient(csi.v1.Controller, socket, timeoutMs)
  }

  async driverName(): Promise<string> {
    return (await this.#identity.call<{ name: string }>('GetPluginInfo', {})).name
  }

  async createVolume(request: CreateVolumeRequest): Promise<CreatedVolume> {
    return (await this.#controller.call<{ volume: CreatedVolume }>('CreateVolume', request)).volume
  }

  async deleteVolume(volumeId: string): Promise<void> {
    await this.#controller.call('DeleteVolume', { volume_id: volumeId })
  }

  close(): void {
    this.#identity.close()
    this.#controller.close()
  }
}
