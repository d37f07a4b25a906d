import { readFileSync } from 'node:fs'
import type { AgentOptions } from 'node:https'

/** An entry of `extenders` in a KubeSchedulerConfiguration of kubescheduler.config.k8s.io/v1, as it stands in its file. */
export interface ExtenderConfig {
  /** `https://host:port/path`; verbs are appended. */
  urlPrefix: string
  filterVerb?: string
  prioritizeVerb?: string
  bindVerb?: string
  /** Never called: this scheduler does not preempt. */
  preemptVerb?: string
  weight?: number
  enableHTTPS?: boolean
  tlsConfig?: {
    insecure?: boolean
    serverName?: string
    certFile?: string
    keyFile?: string
    caFile?: string
    /** Base64 of PEM. */
    certData?: string
    keyData?: string
    caData?: string
  }
  /** A Go duration; 5 seconds when absent. */
  httpTimeout?: string
  nodeCacheCapable?: boolean
  managedResources?: { name: string; ignoredByScheduler?: boolean }[]
  ignorable?: boolean
}

const DEFAULT_TIMEOUT_MS = 5_000

/** Throws on what kube-scheduler would refuse to start with. */
export function checkExtenders(configs: readonly ExtenderConfig[]): void {
  for (const [index, { prioritizeVerb, weight = 0, urlPrefix }] of configs.entries()) {
    const at = `extenders[${index}]`
    if (prioritizeVerb && weight <= 0) throw new Error(`${at}.weight: must have a positive weight applied to it`)
    if (!URL.canParse(urlPrefix)) throw new Error(`${at}.urlPrefix: ${JSON.stringify(urlPrefix)} is not a URL`)
  }
  if (configs.filter(({ bindVerb }) => bindVerb).length > 1)
    throw new Error('extenders: found more than one extender that implements bind')
}

export function timeoutMsOf({ httpTimeout }: ExtenderConfig): number {
  if (httpTimeout === undefined) return DEFAULT_TIMEOUT_MS
  const unitMs: Record<string, number> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1, us: 1e-3, µs: 1e-3, ns: 1e-6 }
  const parts = [...httpTimeout.matchAll(/([\d.]+)(h|ms|m|s|us|µs|ns)/g)]
  if (httpTimeout !== '0' && parts.map(([part]) => part).join('') !== httpTimeout)
    throw new Error(`httpTimeout: time: invalid duration ${JSON.stringify(httpTimeout)}`)
  const ms = parts.reduce((sum, [, count, unit]) => sum + Number(count) * unitMs[unit!]!, 0)
  return ms || DEFAULT_TIMEOUT_MS
}

/** Without an authority the extender's certificate is not checked: kube-scheduler does so, too. */
export function tlsOptions({ tlsConfig = {}, enableHTTPS }: ExtenderConfig): AgentOptions {
  const { insecure, serverName, caFile, caData, certFile, certData, keyFile, keyData } = tlsConfig
  const ca = pem(caData, caFile)
  return {
    ca,
    cert: pem(certData, certFile),
    key: pem(keyData, keyFile),
    ...(serverName ? { servername: serverName } : {}),
    rejectUnauthorized: !(insecure || (enableHTTPS && ca === undefined)),
  }
}

function pem(data: string | undefined, file: string | undefined): Buffer | undefined {
  if (data) return Buffer.from(data, 'base64')
  return file ? readFileSync(file) : undefined
}
