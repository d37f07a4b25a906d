import { DEFAULT_DRIVER } from '@open-local/shared'
import { Command, InvalidArgumentError, Option } from 'commander'
import type { Strategy } from './scheduling/fit.ts'

export interface Endpoint {
  host: string
  port: number
}

/** Flags and environment, parsed once. */
export interface Config {
  kubeconfig?: string
  csiSocket: string
  extender: Endpoint & { tlsCert?: string; tlsKey?: string; clientCa?: string }
  api: Endpoint
  /** Folder of the history; it may be deleted at any time. */
  data: string
  agentCa?: string
  agentPort: number
  driver: string
  strategy: Strategy
  initConfig: string
  leaderElect: boolean
  leaseNamespace: string
  leaseDurationMs: number
  clusterName: string
  logLevel: string
}

export function parseConfig(argv: string[], version: string): Config {
  const command = new Command('open-local-control-plane')
    .description('Controller, scheduler extender, CSI controller and dashboard API of Open-Local.')
    .version(version)
    .option('--kubeconfig <file>', 'kubeconfig; absent: $KUBECONFIG, or the pod’s service account')
    .option('--csi-socket <path>', 'unix socket for the external-provisioner', '/csi/csi.sock')
    .option('--extender-listen <host:port>', 'where kube-scheduler asks', endpoint, { host: '127.0.0.1', port: 23000 })
    .option('--extender-tls-cert <file>', 'PEM certificate of the extender; without it plain HTTP on loopback only')
    .option('--extender-tls-key <file>', 'PEM key of the extender')
    .option('--extender-client-ca <file>', 'PEM: callers must show a certificate that this authority signed')
    .option('--api-listen <host:port>', 'dashboard API, health and metrics; loopback only', endpoint, {
      host: '127.0.0.1',
      port: 7081,
    })
    .option('--data <dir>', 'folder of the history database', './data')
    .option('--agent-ca <file>', 'PEM: authority of the node agents’ certificates')
    .option('--agent-port <port>', 'HTTPS port of the node agents', port, 9808)
    .option('--driver <name>', 'name of the CSI driver', DEFAULT_DRIVER)
    .addOption(
      new Option('--strategy <name>', 'how volumes are placed').choices(['spread', 'binpack']).default('spread'),
    )
    .option('--init-config <name>', 'the NodeLocalStorageInitConfig to follow', 'open-local')
    .option('--no-leader-elect', 'lead at once, without a Lease')
    .option('--lease-namespace <name>', 'namespace of the Lease', process.env.POD_NAMESPACE ?? 'kube-system')
    .option(
      '--lease-duration <seconds>',
      'after a crash the next one leads when this is over, 4 to 60',
      leaseSeconds,
      15,
    )
    .option('--cluster-name <name>', 'shown in the dashboard', process.env.CLUSTER_NAME ?? 'kubernetes')
    .addOption(
      new Option('--log-level <level>', 'least level that is logged')
        .choices(['debug', 'info', 'warn', 'error'])
        .default('info'),
    )
    .showHelpAfterError()
  const flags = command.parse(argv, { from: 'user' }).opts()
  if (Boolean(flags.extenderTlsCert) !== Boolean(flags.extenderTlsKey))
    command.error('--extender-tls-cert and --extender-tls-key go together')
  return {
    kubeconfig: flags.kubeconfig,
    csiSocket: flags.csiSocket,
    extender: {
      ...flags.extenderListen,
      tlsCert: flags.extenderTlsCert,
      tlsKey: flags.extenderTlsKey,
      clientCa: flags.extenderClientCa,
    },
    api: flags.apiListen,
    data: flags.data,
    agentCa: flags.agentCa,
    agentPort: flags.agentPort,
    driver: flags.driver,
    strategy: flags.strategy,
    initConfig: flags.initConfig,
    leaderElect: flags.leaderElect,
    leaseNamespace: flags.leaseNamespace,
    leaseDurationMs: flags.leaseDuration * 1000,
    clusterName: flags.clusterName,
    logLevel: flags.logLevel,
  }
}

function endpoint(text: string): Endpoint {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(text)
  if (!match) throw new InvalidArgumentError('write it like 127.0.0.1:23000')
  return { host: match[1] ?? match[2]!, port: port(match[3]!) }
}

function port(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 0 || value > 65535)
    throw new InvalidArgumentError('a port is a number from 0 to 65535')
  return value
}

function leaseSeconds(text: string): number {
  const seconds = Number(text)
  if (!/^\d+$/.test(text) || seconds < 4 || seconds > 60)
    throw new InvalidArgumentError('It must be a number from 4 to 60.')
  return seconds
}
