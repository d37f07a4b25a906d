import type { RequestOptions } from 'node:https'
import { KubeConfig } from '@kubernetes/client-node'
import { messageOf, OpenLocalError } from '@open-local/shared'
import type { ConnectionOptions } from './connection.ts'
import { inClusterConnection } from './kubeconfig.ts'

/** Kubeconfigs in all their forms, by client-node: YAML, merged files, exec plug-ins, OIDC. Control plane only. */

export interface LoadOptions {
  /** A file; else `$KUBECONFIG`, `~/.kube/config`, the pod's service account, in that order (as kubectl). */
  kubeconfig?: string
  /** Else the current context. */
  context?: string
}

/**
 * Where the API server is and how we prove who we are. INVALID_ARGUMENT when there is no usable kubeconfig. Tokens of
 * exec plug-ins and OIDC are renewed as they run out; certificates of an exec plug-in are those of the first call.
 */
export async function loadKubeConfig(options: LoadOptions = {}): Promise<ConnectionOptions> {
  const config = new KubeConfig()
  try {
    if (options.kubeconfig) config.loadFromFile(options.kubeconfig)
    else if (!process.env.KUBECONFIG && process.env.KUBERNETES_SERVICE_HOST) return inClusterConnection()
    else config.loadFromDefault()
    if (options.context) config.setCurrentContext(options.context)
  } catch (error) {
    throw new OpenLocalError('INVALID_ARGUMENT', `kubeconfig: ${messageOf(error)}`, { cause: error })
  }
  const cluster = config.getCurrentCluster()
  if (!cluster)
    throw new OpenLocalError('INVALID_ARGUMENT', `kubeconfig: context ${config.currentContext} has no cluster`)
  // client-node refuses plain http (kubectl proxy, test servers) unless told that nothing is to be verified.
  if (cluster.server.startsWith('http:')) Object.assign(cluster, { skipTLSVerify: true })
  const credentials = async (): Promise<RequestOptions> => {
    const found: RequestOptions = {}
    await config.applyToHTTPSOptions(found)
    return found
  }
  const { ca, cert, key } = await credentials()
  return {
    server: cluster.server,
    ca: ca as Buffer | undefined,
    cert: cert as Buffer | undefined,
    key: key as Buffer | undefined,
    serverName: cluster.tlsServerName,
    insecureSkipTlsVerify: cluster.skipTLSVerify,
    namespace: config.getContextObject(config.currentContext)?.namespace,
    getToken: cached(async () => {
      const header = (await credentials()).headers as Record<string, string> | undefined
      return header?.Authorization?.replace(/^Bearer /, '')
    }),
  }
}

/** Asked before every request, and client-node reads every file each time. */
const CREDENTIALS_AGE_MS = 10_000

function cached(read: () => Promise<string | undefined>): NonNullable<ConnectionOptions['getToken']> {
  let last: { token: Promise<string | undefined>; at: number } | undefined
  return ({ refresh = false } = {}) => {
    if (last && !refresh && Date.now() - last.at < CREDENTIALS_AGE_MS) return last.token
    const token = read()
    last = { token, at: Date.now() }
    token.catch(() => {
      last = undefined
    })
    return token
  }
}
