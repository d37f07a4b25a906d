import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { get } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CsiClient, csiClient } from '@open-local/csi'
import { KubeClient, type Log, type ResourceType, sleep, subjectAccessReviews, tokenReviews } from '@open-local/kube'
import { eventually, type FakeApiServer, startFakeApiServer } from '@open-local/kube/testing'
import { VolumeCapability_AccessMode_Mode as Mode, type VolumeCapability } from '@open-local/proto/csi'
import {
  codeOf,
  NODE_LABEL,
  type NodeLocalStorage,
  type NodeLocalVolume,
  type NodeLocalVolumeSpec,
  nodeLocalStorages,
  nodeLocalVolumes,
  VOLUME_FINALIZER,
} from '@open-local/shared'
import { startAgent } from './agent.ts'
import { type Config, parseConfig } from './config.ts'
import type { Host } from './host/host.ts'

const storages: ResourceType<NodeLocalStorage> = nodeLocalStorages
const volumes: ResourceType<NodeLocalVolume> = nodeLocalVolumes
const MIB = 1024 * 1024

export interface WalkBed {
  host: Host
  /** Two blank disks. */
  disks: [string, string]
  /** Commands of LVM that were run so far. */
  lvmCommands: () => number
  log: Log
  timeoutMs: number
}

/**
 * For tests: a whole agent between a fake API server and a client that calls as the kubelet does, from blank disks to
 * a deleted volume. Runs on the simulated host in unit tests and on the real one inside a VM.
 */
export async function walk(bed: WalkBed): Promise<void> {
  const kubelet = mkdtempSync(join(tmpdir(), 'agent-walk-'))
  const api = await startFakeApiServer()
  answerReviews(api)
  const client = new KubeClient(api.connection)
  const flags = ['--node-name', 'n1', '--kubelet-dir', kubelet, '--listen', '127.0.0.1:0']
  const config: Config = parseConfig(flags)
  api.seed(storages, {
    metadata: { name: 'n1' },
    spec: {
      listConfig: { vgs: { include: ['pool.*'] } },
      resourceToBeInited: { vgs: [{ name: 'pool0', devices: [...bed.disks] }] },
    },
  })
  const agent = await startAgent(config, bed.log, { client, host: bed.host })
  const csi = csiClient(agent.socketPath)
  try {
    await discovers(api, bed)
    await refusesStrangers(agent.port)
    const changes = await countLvm(bed, async () => {
      await servesVolumes(api, csi, kubelet, bed)
      await servesBlock(api, csi, kubelet, bed)
    })
    assert.equal(changes, 4, 'LVM processes for two volumes made and deleted')
  } finally {
    csi.close()
    await agent.stop()
    await api.close()
    rmSync(kubelet, { recursive: true, force: true })
  }
}

async function discovers(api: FakeApiServer, bed: WalkBed): Promise<void> {
  await eventually(() => {
    const { status } = api.get(storages, 'n1')!
    assert.deepEqual(status?.filteredStorageInfo?.volumeGroups, ['pool0'])
    assert.equal(status?.conditions?.find((c) => c.type === 'Initialized')?.status, 'True')
    assert.equal(status?.nodeStorageInfo?.phase, 'Running')
    const device = status?.nodeStorageInfo?.deviceInfo?.find((d) => d.name === bed.disks[0])
    assert.equal(device?.use, 'PhysicalVolume')
  }, bed.timeoutMs)
}

async function refusesStrangers(port: number): Promise<void> {
  assert.deepEqual((await fetchPath(port, '/healthz')).status, 200)
  assert.deepEqual((await fetchPath(port, '/readyz')).status, 200)
  assert.deepEqual((await fetchPath(port, '/metrics')).status, 401)
  assert.deepEqual((await fetchPath(port, '/metrics', 'bad')).status, 401)
  assert.deepEqual((await fetchPath(port, '/metrics', 'nobody')).status, 403)
}

async function servesVolumes(api: FakeApiServer, csi: CsiClient, kubelet: string, bed: WalkBed): Promise<void> {
  const staging = join(kubelet, 'plugins/kubernetes.io/csi/local.csi.aliyun.com/abc/globalmount')
  const target = join(kubelet, 'pods/p1/volumes/kubernetes.io~csi/local-1/mount')
  const capability = mountCapability('ext4')
  const volumeContext = {}
  const timeout = { timeoutMs: bed.timeoutMs }
  const stage = {
    volumeId: 'local-1',
    stagingTargetPath: staging,
    volumeCapability: capability,
    volumeContext,
    publishContext: {},
    secrets: {},
  }
  await assert.rejects(csi.node.nodeStageVolume(stage, timeout), { code: 'NOT_FOUND' })

  const made = await countLvm(bed, async () => {
    put(api, 'local-1', {})
    await eventually(() => assert.equal(api.get(volumes, 'local-1')?.status?.phase, 'Ready'), bed.timeoutMs)
  })
  assert.equal(made, 1, 'LVM processes for a volume made')
  const { status } = api.get(volumes, 'local-1')!
  assert.equal(status?.devicePath, '/dev/pool0/local-1')
  assert.equal(status?.sizeBytes, 100 * MIB)

  const used = await countLvm(bed, async () => {
    const publish = { ...stage, targetPath: target, readonly: false }
    await assert.rejects(csi.node.nodePublishVolume(publish, timeout), { code: 'FAILED_PRECONDITION' })
    await csi.node.nodeStageVolume(stage, timeout)
    await csi.node.nodeStageVolume(stage, timeout)
    await assert.rejects(
      csi.node.nodeStageVolume(
        { ...stage, stagingTargetPath: `${staging}2`, volumeCapability: mountCapability('xfs') },
        timeout,
      ),
      { code: 'FAILED_PRECONDITION', message: /carries ext4 and xfs is asked for/ },
    )
    await csi.node.nodePublishVolume(publish, timeout)
    await csi.node.nodePublishVolume(publish, timeout)
    await eventually(() => {
      const now = api.get(volumes, 'local-1')?.status
      assert.equal(now?.staged, true)
      assert.deepEqual(now?.mounts, [{ path: target }])
    }, bed.timeoutMs)
    const stats = await csi.node.nodeGetVolumeStats(
      { volumeId: 'local-1', volumePath: target, stagingTargetPath: staging },
      timeout,
    )
    assert.equal(stats.usage.length, 2)
    assert.ok(stats.usage[0]!.total > 80n * BigInt(MIB))
    assert.equal(stats.volumeCondition?.abnormal, false)
    await assert.rejects(
      csi.node.nodeGetVolumeStats({ volumeId: 'local-1', volumePath: '/no/such', stagingTargetPath: '' }, timeout),
      { code: 'NOT_FOUND' },
    )
  })
  assert.equal(used, 0, 'LVM processes for stage, publish and stats')

  // In use: the deletion waits.
  remove(api, 'local-1')
  await eventually(() => assert.equal(api.get(volumes, 'local-1')?.status?.phase, 'Deleting'), bed.timeoutMs)
  const gone = await countLvm(bed, async () => {
    for (let i = 0; i < 2; i++)
      await again(() => csi.node.nodeUnpublishVolume({ volumeId: 'local-1', targetPath: target }, timeout))
    for (let i = 0; i < 2; i++)
      await again(() => csi.node.nodeUnstageVolume({ volumeId: 'local-1', stagingTargetPath: staging }, timeout))
    await eventually(() => assert.equal(api.get(volumes, 'local-1'), undefined), bed.timeoutMs)
  })
  assert.equal(gone, 1, 'LVM processes for a volume deleted')
  assert.equal(await bed.host.devices.find('/dev/pool0/local-1'), undefined)
}

async function servesBlock(api: FakeApiServer, csi: CsiClient, kubelet: string, bed: WalkBed): Promise<void> {
  const capability: VolumeCapability = {
    accessType: { $case: 'block', value: {} },
    accessMode: { mode: Mode.SINGLE_NODE_WRITER },
  }
  const timeout = { timeoutMs: bed.timeoutMs }
  const staging = join(kubelet, 'plugins/kubernetes.io/csi/volumeDevices/staging/local-2')
  const target = join(kubelet, 'plugins/kubernetes.io/csi/volumeDevices/publish/local-2/p1')
  const request = {
    volumeId: 'local-2',
    stagingTargetPath: staging,
    volumeCapability: capability,
    volumeContext: {},
    publishContext: {},
    secrets: {},
  }
  put(api, 'local-2', { accessType: 'Block' })
  await eventually(() => assert.equal(api.get(volumes, 'local-2')?.status?.phase, 'Ready'), bed.timeoutMs)
  await csi.node.nodeStageVolume(request, timeout)
  for (let i = 0; i < 2; i++)
    await csi.node.nodePublishVolume({ ...request, targetPath: target, readonly: false }, timeout)
  const device = await bed.host.devices.find('/dev/pool0/local-2')
  assert.deepEqual(await bed.host.mounts.find(target), { kind: 'device', deviceNumber: device?.deviceNumber })
  const stats = await csi.node.nodeGetVolumeStats(
    { volumeId: 'local-2', volumePath: target, stagingTargetPath: '' },
    timeout,
  )
  assert.deepEqual(
    stats.usage.map((u) => u.total),
    [BigInt(100 * MIB)],
  )
  await eventually(
    () => assert.deepEqual(api.get(volumes, 'local-2')?.status?.mounts, [{ path: target }]),
    bed.timeoutMs,
  )
  for (let i = 0; i < 2; i++)
    await again(() => csi.node.nodeUnpublishVolume({ volumeId: 'local-2', targetPath: target }, timeout))
  for (let i = 0; i < 2; i++)
    await again(() => csi.node.nodeUnstageVolume({ volumeId: 'local-2', stagingTargetPath: staging }, timeout))
  remove(api, 'local-2')
  await eventually(() => assert.equal(api.get(volumes, 'local-2'), undefined), bed.timeoutMs)
}

/** As the kubelet does: the same call again while another one on the volume runs. */
async function again<Reply>(call: () => Promise<Reply>): Promise<Reply> {
  for (;;) {
    try {
      return await call()
    } catch (error) {
      if (codeOf(error) !== 'ABORTED') throw error
      await sleep(100)
    }
  }
}

async function countLvm(bed: WalkBed, work: () => Promise<void>): Promise<number> {
  const before = bed.lvmCommands()
  await work()
  return bed.lvmCommands() - before
}

function put(api: FakeApiServer, name: string, spec: Partial<NodeLocalVolumeSpec>): void {
  api.seed(volumes, {
    metadata: { name, labels: { [NODE_LABEL]: 'n1' }, finalizers: [VOLUME_FINALIZER] },
    spec: {
      nodeName: 'n1',
      driver: 'local.csi.aliyun.com',
      volumeType: 'LVM',
      pool: 'pool0',
      sizeBytes: 100 * MIB,
      wipePolicy: 'zero',
      claim: { namespace: 'default', name: 'data', uid: `uid-${name}` },
      ...spec,
    },
  })
}

function remove(api: FakeApiServer, name: string): void {
  const volume = api.get(volumes, name)!
  const metadata = { ...volume.metadata, deletionTimestamp: new Date().toISOString() }
  api.seed(volumes, { ...volume, metadata })
}

function mountCapability(fsType: string): VolumeCapability {
  const value = { fsType, mountFlags: [], volumeMountGroup: '' }
  return { accessType: { $case: 'mount', value }, accessMode: { mode: Mode.SINGLE_NODE_WRITER } }
}

function answerReviews(api: FakeApiServer): void {
  api.onCreate(tokenReviews, (review) => ({
    ...review,
    status: { authenticated: review.spec.token !== 'bad', user: { username: review.spec.token } },
  }))
  api.onCreate(subjectAccessReviews, (review) => ({
    ...review,
    status: { allowed: review.spec.user === 'prometheus' },
  }))
}

function fetchPath(port: number, path: string, token?: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const headers = token ? { authorization: `Bearer ${token}` } : {}
    get({ host: '127.0.0.1', port, path, headers, rejectUnauthorized: false, agent: false }, (response) => {
      let text = ''
      response.on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
    }).on('error', reject)
  })
}
