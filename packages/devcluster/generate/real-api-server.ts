import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

export interface RealApiServer {
  /** What its API answers to a GET of this path. Throws what kubectl says otherwise. */
  get<T>(path: string): T
  stop(): Promise<void>
}

/**
 * etcd and kube-apiserver out of one folder, alone on loopback and new: nothing is in them but what a Kubernetes makes
 * at its first start. Throws when the server is not ready in a minute; then, as after `stop`, nothing of it is left.
 */
export async function startRealApiServer(binaries: string): Promise<RealApiServer> {
  const dir = mkdtempSync(join(tmpdir(), 'real-api-server-'))
  const file = (name: string, content = ''): string => {
    if (content) writeFileSync(join(dir, name), content, { mode: 0o600 })
    return join(dir, name)
  }
  const children: ChildProcess[] = []
  const logs = new Map<ChildProcess, string>()
  const start = (name: string, args: readonly string[]): void => {
    const log = openSync(file(`${name}.log`), 'a')
    const child = spawn(join(binaries, name), args, { stdio: ['ignore', log, log] })
    child.once('error', (error) => writeFileSync(log, `${error.message}\n`))
    logs.set(child, file(`${name}.log`))
    children.unshift(child)
  }
  const stop = async (): Promise<void> => {
    // The API server first: without etcd it does not end.
    for (const child of children) {
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) continue
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill()
      if ((await Promise.race([ended, setTimeout(10_000, 'late', { ref: false })])) === 'late') child.kill('SIGKILL')
      await ended
    }
    rmSync(dir, { recursive: true })
  }

  try {
    const [etcd, peer, port] = [await freePort(), await freePort(), await freePort()]
    const client = `http://127.0.0.1:${etcd}`
    const peers = `http://127.0.0.1:${peer}`
    start('etcd', [
      ...[`--data-dir=${file('etcd')}`, '--unsafe-no-fsync', '--log-level=warn'],
      ...[`--listen-client-urls=${client}`, `--advertise-client-urls=${client}`],
      ...[
        `--listen-peer-urls=${peers}`,
        `--initial-advertise-peer-urls=${peers}`,
        `--initial-cluster=default=${peers}`,
      ],
    ])
    const token = randomBytes(32).toString('hex')
    const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' })
    const keyFile = file('service-account.key', key as string)
    start('kube-apiserver', [
      ...[`--etcd-servers=${client}`, '--bind-address=127.0.0.1', `--secure-port=${port}`],
      ...['--advertise-address=10.0.2.2', '--endpoint-reconciler-type=none', '--service-cluster-ip-range=10.96.0.0/16'],
      ...[`--cert-dir=${file('pki')}`, '--authorization-mode=Node,RBAC'],
      `--token-auth-file=${file('tokens.csv', `${token},admin,admin,system:masters\n`)}`,
      ...[`--service-account-key-file=${keyFile}`, `--service-account-signing-key-file=${keyFile}`],
      '--service-account-issuer=https://kubernetes.default.svc',
    ])
    const kubeconfig = file(
      'kubeconfig',
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Config',
        clusters: [
          {
            name: 'real',
            cluster: { server: `https://127.0.0.1:${port}`, 'certificate-authority': file('pki/apiserver.crt') },
          },
        ],
        users: [{ name: 'admin', user: { token } }],
        contexts: [{ name: 'real', context: { cluster: 'real', user: 'admin' } }],
        'current-context': 'real',
      }),
    )
    const raw = (path: string): string =>
      execFileSync(join(binaries, 'kubectl'), ['--kubeconfig', kubeconfig, 'get', '--raw', path], {
        encoding: 'utf8',
        maxBuffer: 1 << 28,
        stdio: ['ignore', 'pipe', 'pipe'],
      })
    // Ready once its first roles are made, too.
    for (let second = 0; ; second += 1) {
      const ended = children.find(
        ({ pid, exitCode, signalCode }) => pid === undefined || exitCode !== null || signalCode !== null,
      )
      if (ended) throw new Error(`${ended.spawnfile} has ended: ${readFileSync(logs.get(ended)!, 'utf8').slice(-2000)}`)
      try {
        if (raw('/readyz') === 'ok') break
      } catch (error) {
        if (second === 60) throw error
      }
      await setTimeout(1000)
    }
    return { get: <T>(path: string) => JSON.parse(raw(path)) as T, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
