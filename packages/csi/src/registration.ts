import { join } from 'node:path'
import { RegistrationService } from '@open-local/proto/pluginregistration'
import type { Logger } from './logger.ts'
import { type SocketServer, serveOnSocket } from './serve-on-socket.ts'
import { service } from './service.ts'

export type RegistrationOptions = {
  /** The kubelet's plugin directory as this process sees it: /var/lib/kubelet/plugins_registry. */
  registry: string
  /** The driver's name, as the CSIDriver object has it. */
  driver: string
  /** The CSI socket as the kubelet sees it: an absolute path on the host. */
  endpoint: string
  logger: Logger
}

/** What the kubelet said last; `error` is empty when registered. */
export type RegistrationResult = { registered: boolean; error: string }

export type RegistrationServer = SocketServer & {
  /** Undefined until the kubelet has called, which it does within a second or so of seeing the socket. */
  findResult(): RegistrationResult | undefined
}

/** The kubelet compares these with the CSI versions it speaks, by major number. */
const csiVersions = ['1.0.0']

/**
 * Serves `<registry>/<driver>-reg.sock`, which tells the kubelet that the driver is there. Start it when the CSI socket
 * already answers, for the kubelet calls NodeGetInfo at once; stopping it unregisters the driver.
 * Source: k8s.io/kubelet pkg/apis/pluginregistration/v1, kubelet pluginmanager.
 */
export async function serveRegistration(options: RegistrationOptions): Promise<RegistrationServer> {
  const { driver, endpoint, logger } = options
  let result: RegistrationResult | undefined
  const registration = service(RegistrationService, {
    async getInfo() {
      return { type: 'CSIPlugin', name: driver, endpoint, supportedVersions: csiVersions }
    },
    async notifyRegistrationStatus({ pluginRegistered, error }) {
      result = { registered: pluginRegistered, error }
      if (pluginRegistered) logger.info({ driver }, 'The kubelet registered the driver')
      else logger.error({ driver, error }, 'The kubelet refused the driver and will try again')
      return {}
    },
  })
  const path = join(options.registry, `${driver}-reg.sock`)
  const server = await serveOnSocket({ path, services: [registration], logger })
  return { ...server, findResult: () => result }
}
