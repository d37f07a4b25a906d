import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Cluster, startCluster } from './cluster.ts'
import { whyNoVirtualMachines } from './prerequisites.ts'
import { lineProgress } from './progress.ts'
import { until } from './until.ts'
import { keptWorkDir, temporaryWorkDir, type WorkDir } from './work-dir.ts'

const reason = await whyNoVirtualMachines()
if (reason) console.warn(`skipped, ${reason}`)

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'talker' },
  spec: {
    terminationGracePeriodSeconds: 1,
    containers: [
      {
        name: 'main',
        image: 'registry.k8s.io/e2e-test-images/busybox:1.37.0-1',
        command: ['sh', '-c', 'echo hello from $(hostname); trap "exit 0" TERM; while :; do sleep 1; done'],
      },
    ],
  },
}

describe.skipIf(reason)('a cluster', () => {
  let work: WorkDir
  let cluster: Cluster
  const start = async (): Promise<void> => {
    cluster = await startCluster({
      nodes: 2,
      disks: ['1Gi'],
      dataDir: join(work.path, 'data'),
      progress: lineProgress(),
    })
  }
  beforeAll(async () => {
    work = await temporaryWorkDir()
    await start()
  })
  afterAll(async () => {
    await cluster?.stop()
    await work?.release()
  })

  it('has its nodes Ready, at addresses of their own', async () => {
    const { stdout } = await cluster.kubectl(['get', 'nodes', '--no-headers', '-o', 'wide'])
    const rows = stdout.split('\n').map((line) => line.split(/\s+/))
    expect(rows.map(([name, status]) => `${name} ${status}`)).toEqual(['n1 Ready', 'n2 Ready'])
    expect(rows.map((row) => row[5])).toEqual(cluster.nodes.map(({ address }) => address))
  })

  it('runs a pod in a container, with its logs and a shell through kubectl', async () => {
    await cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(pod) })
    await cluster.kubectl(['wait', 'pod/talker', '--for=condition=Ready', '--timeout=170s'])
    expect((await cluster.kubectl(['logs', 'talker'])).stdout).toBe('hello from talker')
    expect((await cluster.kubectl(['exec', 'talker', '--', 'readlink', '/bin/sh'])).stdout).toBe('busybox')
  })

  it('lets nobody in without a certificate: not at the API server, not at etcd, not at a kubelet', async () => {
    const ask = (url: string): Promise<string> =>
      execa('curl', ['-sk', '-o', '/dev/null', '-w', '%{http_code}', url], { reject: false }).then(
        ({ stdout }) => stdout,
      )
    expect(await ask(`${cluster.controlPlane.server}/api/v1/secrets`)).toBe('403')
    expect(await ask(`https://127.0.0.1:${cluster.slot.port(16444)}/version`)).toBe('000')
    expect(await ask(`https://${cluster.nodes[0]!.address}:10250/pods`)).toBe('401')
  })

  it('refuses a second cluster on the same data', async () => {
    await expect(keptWorkDir(join(work.path, 'data'))).rejects.toThrow('Another process already')
  })

  it('starts again with what was in it, and its pod runs again', async () => {
    const pids = cluster.nodes.map((node) => node.vm.process.pid)
    await cluster.stop()
    const { stdout } = await execa('ps', ['-o', 'pid=', '--ppid', String(process.pid)])
    const children = stdout.split('\n').map(Number)
    for (const pid of pids) expect(children).not.toContain(pid)
    await start()
    await until(
      async () => (await cluster.kubectl(['exec', 'talker', '--', 'true'], { reject: false })).exitCode === 0,
      { what: 'the pod runs again', timeoutMs: 120_000, everyMs: 500 },
    )
  })
})
