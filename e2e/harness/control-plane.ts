import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CertificateAuthority, kubeconfig, writeCertificate } from '@open-local/devcluster/certificates'
import { stringify } from 'yaml'
import { KubeApi } from './kube-api.ts'
import { ensureServiceAccountKey } from './service-account-key.ts'
import type { Slot } from './slot.ts'
import { TetheredProcess } from './tethered-process.ts'
import { HopelessError, until } from './until.ts'

/** Where a VM reaches the host's loopback. */
export const HOST_SEEN_FROM_VM = '10.0.2.2'

/** Port of the API server in the first slot. */
export const API_PORT = 16443

export interface ControlPlaneOptions {
  /** Folder of the Kubernetes binaries. */
  binaries: string
  /** Signs what the parts show each other; its certificate lies in `pki/ca.crt` of the data folder. */
  authority: CertificateAuthority
  dataDir: string
  slot: Slot
  /** Write to the disk before answering, so that the cluster survives a power cut. Tests do without. */
  durable: boolean
  /** kube-scheduler asks our extender at this address of the host, e.g. `127.0.0.1:23000`, and waits when it is down. */
  extender?: string
}

export interface ControlPlane {
  server: string
  authority: CertificateAuthority
  api: KubeApi
  /** Of an administrator; readable by this user only. */
  kubeconfigPath: string
  pkiDir: string
  logDir: string
  /** Resolves with the reason when one of the processes ends without being asked to. */
  crashed: Promise<Error>
  stop(): Promise<void>
}

/** etcd, kube-apiserver, kube-controller-manager and kube-scheduler on loopback, ready to be used. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { dataDir, slot } = options
  const pki = join(dataDir, 'pki')
  const logDir = join(dataDir, 'log')
  await mkdir(logDir, { recursive: true, mode: 0o700 })
  const { authority } = options
  const server = `https://127.0.0.1:${slot.port(API_PORT)}`
  const started: TetheredProcess[] = []
  const start = (name: string, args: string[]): TetheredProcess => {
    const child = new TetheredProcess(name, join(options.binaries, name), args, {
      logPath: join(logDir, `${name}.log`),
    })
    started.push(child)
    return child
  }
  // The API server needs etcd to end, so it goes first; it does not wait for its watches for ever either.
  const stop = async (): Promise<void> => {
    for (const child of [...started].reverse()) await child.stop(child.name === 'etcd' ? 10_000 : 3_000)
  }

  try {
    const etcd = await etcdCertificates(pki)
    start('etcd', etcdArguments(options, etcd))
    const apiserver = start('kube-apiserver', [
      ...(await apiserverArguments(options, authority, pki)),
      ...etcd.clientFlags,
    ])
    const admin = await authority.issue({ organization: 'system:masters', commonName: 'open-local-admin' })
    const api = new KubeApi(server, authority.certificatePem, admin)
    const kubeconfigPath = join(dataDir, 'kubeconfig')
    await writeFile(kubeconfigPath, kubeconfig(server, authority, admin), { mode: 0o600 })
    const managers = [
      await controllerManager(options, authority, server, pki),
      await scheduler(options, authority, server, pki),
    ]

    await until(
      async () => {
        for (const child of started) if (!child.running) throw new HopelessError(`${child.name}: ${child.logTail()}`)
        return (await api.get<string>('/readyz')) === 'ok'
      },
      { what: `kube-apiserver is ready (see ${apiserver.logPath})`, timeoutMs: 180_000 },
    )
    for (const [name, args] of managers) start(name, args)
    return {
      server,
      authority,
      api,
      kubeconfigPath,
      pkiDir: pki,
      logDir,
      crashed: Promise.race(started.map((child) => child.crashed)),
      stop: async () => {
        api.close()
        await stop()
      },
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** etcd has an authority of its own: whoever it lets in can write anything, past Kubernetes' permissions. */
async function etcdCertificates(pki: string): Promise<{ serverFlags: string[]; clientFlags: string[] }> {
  const authority = await CertificateAuthority.ensure(pki, 'etcd-ca')
  const ca = join(pki, 'etcd-ca.crt')
  const hosts = ['127.0.0.1', 'localhost']
  const server = await writeCertificate(authority, pki, 'etcd', { commonName: 'etcd', hosts, client: true })
  const client = await writeCertificate(authority, pki, 'etcd-client', { commonName: 'kube-apiserver' })
  return {
    serverFlags: [
      ...['--client-cert-auth', `--trusted-ca-file=${ca}`],
      ...[`--cert-file=${server.certificatePath}`, `--key-file=${server.keyPath}`],
      ...['--peer-client-cert-auth', `--peer-trusted-ca-file=${ca}`],
      ...[`--peer-cert-file=${server.certificatePath}`, `--peer-key-file=${server.keyPath}`],
    ],
    clientFlags: [
      `--etcd-cafile=${ca}`,
      `--etcd-certfile=${client.certificatePath}`,
      `--etcd-keyfile=${client.keyPath}`,
    ],
  }
}

function etcdArguments(
  { dataDir, slot, durable }: ControlPlaneOptions,
  { serverFlags }: { serverFlags: string[] },
): string[] {
  const client = `https://127.0.0.1:${slot.port(16444)}`
  const peer = `https://127.0.0.1:${slot.port(16445)}`
  return [
    `--data-dir=${join(dataDir, 'etcd')}`,
    ...[`--listen-client-urls=${client}`, `--advertise-client-urls=${client}`],
    ...[`--listen-peer-urls=${peer}`, `--initial-advertise-peer-urls=${peer}`, `--initial-cluster=default=${peer}`],
    ...['--log-level=warn', '--auto-compaction-mode=periodic', '--auto-compaction-retention=10m'],
    ...(durable ? [] : ['--unsafe-no-fsync']),
    ...serverFlags,
  ]
}

async function apiserverArguments(
  { slot }: ControlPlaneOptions,
  authority: CertificateAuthority,
  pki: string,
): Promise<string[]> {
  const hosts = [
    '127.0.0.1',
    HOST_SEEN_FROM_VM,
    '10.96.0.1',
    'localhost',
    'kubernetes',
    'kubernetes.default',
    'kubernetes.default.svc',
    'kubernetes.default.svc.cluster.local',
  ]
  const serving = await writeCertificate(authority, pki, 'apiserver', { commonName: 'kube-apiserver', hosts })
  const kubelet = await writeCertificate(authority, pki, 'kubelet-client', {
    organization: 'system:masters',
    commonName: 'kube-apiserver-kubelet-client',
  })
  const frontProxyAuthority = await CertificateAuthority.ensure(pki, 'front-proxy-ca')
  const frontProxy = await writeCertificate(frontProxyAuthority, pki, 'front-proxy', {
    commonName: 'front-proxy-client',
  })
  const serviceAccount = await ensureServiceAccountKey(pki)
  const issuer = 'https://kubernetes.default.svc'
  const ca = join(pki, 'ca.crt')
  return [
    ...[
      `--etcd-servers=https://127.0.0.1:${slot.port(16444)}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${slot.port(API_PORT)}`,
    ],
    ...[
      `--advertise-address=${HOST_SEEN_FROM_VM}`,
      '--endpoint-reconciler-type=none',
      '--service-cluster-ip-range=10.96.0.0/16',
    ],
    ...[
      `--tls-cert-file=${serving.certificatePath}`,
      `--tls-private-key-file=${serving.keyPath}`,
      `--client-ca-file=${ca}`,
    ],
    ...['--authorization-mode=Node,RBAC', '--enable-admission-plugins=NodeRestriction', '--allow-privileged=true'],
    ...[
      `--service-account-key-file=${serviceAccount.publicPath}`,
      `--service-account-signing-key-file=${serviceAccount.privatePath}`,
    ],
    ...[`--service-account-issuer=${issuer}`, `--api-audiences=${issuer}`],
    ...[`--kubelet-client-certificate=${kubelet.certificatePath}`, `--kubelet-client-key=${kubelet.keyPath}`],
    ...[`--kubelet-certificate-authority=${ca}`, '--kubelet-preferred-address-types=InternalIP'],
    ...[
      `--requestheader-client-ca-file=${join(pki, 'front-proxy-ca.crt')}`,
      '--requestheader-allowed-names=front-proxy-client',
    ],
    ...['--requestheader-username-headers=X-Remote-User', '--requestheader-group-headers=X-Remote-Group'],
    '--requestheader-extra-headers-prefix=X-Remote-Extra-',
    ...[`--proxy-client-cert-file=${frontProxy.certificatePath}`, `--proxy-client-key-file=${frontProxy.keyPath}`],
    '--profiling=false',
  ]
}

type Started = [name: string, args: string[]]

async function controllerManager(
  { dataDir, slot }: ControlPlaneOptions,
  authority: CertificateAuthority,
  server: string,
  pki: string,
): Promise<Started> {
  const config = await componentKubeconfig(dataDir, authority, server, 'system:kube-controller-manager')
  return [
    'kube-controller-manager',
    [
      ...[`--kubeconfig=${config}`, `--authentication-kubeconfig=${config}`, `--authorization-kubeconfig=${config}`],
      ...['--bind-address=127.0.0.1', `--secure-port=${slot.port(16446)}`, '--leader-elect=false', '--profiling=false'],
      ...[
        '--use-service-account-credentials=true',
        `--service-account-private-key-file=${join(pki, 'service-account.key')}`,
      ],
      `--root-ca-file=${join(pki, 'ca.crt')}`,
      ...[`--cluster-signing-cert-file=${join(pki, 'ca.crt')}`, `--cluster-signing-key-file=${join(pki, 'ca.key')}`],
    ],
  ]
}

async function scheduler(
  options: ControlPlaneOptions,
  authority: CertificateAuthority,
  server: string,
  pki: string,
): Promise<Started> {
  const { dataDir, slot } = options
  const config = await componentKubeconfig(dataDir, authority, server, 'system:kube-scheduler')
  const path = join(dataDir, 'scheduler.yaml')
  const configuration = {
    apiVersion: 'kubescheduler.config.k8s.io/v1',
    kind: 'KubeSchedulerConfiguration',
    clientConnection: { kubeconfig: config },
    leaderElection: { leaderElect: false },
    ...(options.extender ? { extenders: [await extenderConfig(options.extender, authority, pki)] } : {}),
  }
  await writeFile(path, stringify(configuration), { mode: 0o600 })
  return [
    'kube-scheduler',
    [
      ...[`--config=${path}`, `--authentication-kubeconfig=${config}`, `--authorization-kubeconfig=${config}`],
      ...['--bind-address=127.0.0.1', `--secure-port=${slot.port(16447)}`],
    ],
  ]
}

/** Both sides show a certificate: the scheduler's to our extender, and our extender's to the scheduler. */
export async function extenderConfig(
  address: string,
  authority: CertificateAuthority,
  pki: string,
): Promise<Record<string, unknown>> {
  const client = await writeCertificate(authority, pki, 'scheduler-extender-client', {
    commonName: 'system:kube-scheduler',
  })
  return {
    urlPrefix: `https://${address}/scheduler`,
    filterVerb: 'predicates',
    prioritizeVerb: 'priorities',
    weight: 10,
    nodeCacheCapable: true,
    httpTimeout: '30s',
    ignorable: false,
    enableHTTPS: true,
    tlsConfig: { caFile: join(pki, 'ca.crt'), certFile: client.certificatePath, keyFile: client.keyPath },
  }
}

async function componentKubeconfig(
  dataDir: string,
  authority: CertificateAuthority,
  server: string,
  user: string,
): Promise<string> {
  const path = join(dataDir, `${user.replace('system:', '')}.kubeconfig`)
  const credential = await authority.issue({ commonName: user })
  await writeFile(path, kubeconfig(server, authority, credential), { mode: 0o600 })
  return path
}
