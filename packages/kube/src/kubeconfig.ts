import { readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { messageOf, OpenLocalError } from '@open-local/shared'
import type { ConnectionOptions } from './connection.ts'

/** The two ways in which a node agent finds its API server; neither needs YAML nor plug-ins. */

interface KubeconfigFile {
  'current-context'?: string
  contexts?: { name: string; context: { cluster: string; user: string; namespace?: string } }[]
  clusters?: {
    name: string
    cluster: {
      server: string
      'certificate-authority'?: string
      'certificate-authority-data'?: string
      'insecure-skip-tls-verify'?: boolean
      'tls-server-name'?: string
    }
  }[]
  users?: {
    name: string
    user: {
      token?: string
      tokenFile?: string
      'client-certificate'?: string
      'client-certificate-data'?: string
      'client-key'?: string
      'client-key-data'?: string
    }
  }[]
}

/** Kubelet renews a bound token when 80 % of its life has gone; the file is what holds the newest. */
const TOKEN_MAX_AGE_MS = 60_000

/**
 * The current context of a kubeconfig written as JSON (`kubectl config view --raw -o json`): certificates, token or
 * token file, paths relative to the file. INVALID_ARGUMENT when it can't be read; exec plug-ins need `./config`.
 */
export function connectionFromKubeconfigFile(file: string, contextName?: string): ConnectionOptions {
  const fail = (message: string, cause?: unknown) =>
    new OpenLocalError('INVALID_ARGUMENT', `kubeconfig ${file}: ${message}`, { cause })
  let config: KubeconfigFile
  try {
    config = JSON.parse(readFileSync(file, 'utf8')) as KubeconfigFile
  } catch (error) {
    throw fail(`not readable as JSON (${messageOf(error)})`, error)
  }
  const find = <E extends { name: string }>(what: string, list: E[] | undefined, name: string | undefined): E => {
    const entry = list?.find((e) => e.name === name)
    if (!entry) throw fail(`no ${what} named ${name ?? '(none given)'}`)
    return entry
  }
  const { context } = find('context', config.contexts, contextName ?? config['current-context'])
  const { cluster } = find('cluster', config.clusters, context.cluster)
  const { user } = find('user', config.users, context.user)
  const bytes = (data: string | undefined, name: string | undefined): Buffer | undefined => {
    if (data) return Buffer.from(data, 'base64')
    return name ? readFileSync(path.resolve(path.dirname(file), name)) : undefined
  }
  const { token, tokenFile } = user
  return {
    server: cluster.server,
    ca: bytes(cluster['certificate-authority-data'], cluster['certificate-authority']),
    insecureSkipTlsVerify: cluster['insecure-skip-tls-verify'],
    serverName: cluster['tls-server-name'],
    cert: bytes(user['client-certificate-data'], user['client-certificate']),
    key: bytes(user['client-key-data'], user['client-key']),
    namespace: context.namespace,
    getToken: tokenFile
      ? tokenFromFile(path.resolve(path.dirname(file), tokenFile))
      : token
        ? async () => token
        : undefined,
  }
}

/** The pod's service account. FAILED_PRECONDITION outside of a pod. */
export function inClusterConnection(
  env: NodeJS.ProcessEnv = process.env,
  directory = '/var/run/secrets/kubernetes.io/serviceaccount',
): ConnectionOptions {
  const host = env.KUBERNETES_SERVICE_HOST
  const port = env.KUBERNETES_SERVICE_PORT ?? '443'
  if (!host || !statSync(path.join(directory, 'token'), { throwIfNoEntry: false }))
    throw new OpenLocalError(
      'FAILED_PRECONDITION',
      `not inside a pod (KUBERNETES_SERVICE_HOST or ${directory}/token is missing); give a kubeconfig`,
    )
  return {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    ca: readFileSync(path.join(directory, 'ca.crt')),
    namespace: readFileSync(path.join(directory, 'namespace'), 'utf8').trim(),
    getToken: tokenFromFile(path.join(directory, 'token')),
  }
}

/** Reads the file again once a minute, and at once on `refresh`; a failed read keeps the last token. */
export function tokenFromFile(file: string, now: () => number = Date.now): NonNullable<ConnectionOptions['getToken']> {
  let token: string | undefined
  let readAt = Number.NEGATIVE_INFINITY
  return async ({ refresh = false } = {}) => {
    if (token !== undefined && !refresh && now() - readAt < TOKEN_MAX_AGE_MS) return token
    try {
      token = readFileSync(file, 'utf8').trim()
      readAt = now()
    } catch (error) {
      if (token === undefined) throw error
    }
    return token
  }
}
