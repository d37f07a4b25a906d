import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { CoreEvent } from '../api/events.ts'
import { DevCluster } from '../devcluster.ts'
import type { Claim, CsiNode, Node, Pod, Volume } from '../kinds.ts'
import { TestDriver } from './driver-testing.ts'

let dir: string
let cluster: DevCluster
let driver: TestDriver
const kubeletDir = (): string => join(dir, 'k')
const start = async (): Promise<void> => {
  cluster = await DevCluster.start({ dataDir: dir, log: () => {}, nodes: [{ name: 'n', dir: kubeletDir() }] })
}
beforeEach(async () => {
  // Short: sockets lie in it.
  dir = await mkdtemp('/tmp/kubelet-')
  driver = new TestDriver(kubeletDir())
  await driver.start()
  await start()
})
afterEach(async () => {
  await cluster.stop()
  await driver.stop()
  await rm(dir, { recursive: true })
})

const soon = <T>(look: () => T): Promise<T> => vi.waitFor(look, { timeout: 15_000, interval: 10 })
const get = <T extends Pod>(name: string): T | undefined => cluster.api.get<T>('pods', 'default', name)

async function volume(name: string, mode: 'Filesystem' | 'Block' = 'Filesystem'): Promise<void> {
  const { api } = cluster
  const shape = { accessModes: ['ReadWriteOnce'], volumeMode: mode, storageClassName: '' }
  api.create<Volume>('persistentvolumes', {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: `pv-${name}` },
    spec: {
      ...shape,
      capacity: { storage: '1Gi' },
      csi: { driver: 'csi.example.com', volumeHandle: name, fsType: 'ext4' },
    },
  })
  api.create<Claim>('persistentvolumeclaims', {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace: 'default' },
    spec: { ...shape, volumeName: `pv-${name}`, resources: { requests: { storage: '1Gi' } } },
  })
  await soon(() => expect(api.get<Claim>('persistentvolumeclaims', 'default', name)?.status?.phase).toBe('Bound'))
}

async function pod(name: string, claim: string): Promise<void> {
  await soon(() => expect(cluster.api.get('serviceaccounts', 'default', 'default')).toBeDefined())
  cluster.api.create<Pod>('pods', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec: {
      nodeName: 'n',
      containers: [{ name: 'c', image: 'i' }],
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName: claim } }],
    },
  })
}
const runs = (name: string): Promise<void> =>
  soon(() => {
    expect(get(name)?.status?.phase).toBe('Running')
    expect(get(name)?.status?.containerStatuses?.[0]?.ready).toBe(true)
  })

describe('a simulated node', () => {
  it('says in every place that it is simulated, and that it is ready', () => {
    const node = cluster.api.get<Node>('nodes', undefined, 'n')
    expect(node?.metadata.labels).toMatchObject({ 'devcluster/simulated': 'true' })
    expect(node?.status?.nodeInfo).toMatchObject({ osImage: expect.stringContaining('simulated') })
    expect(node?.status?.conditions?.find(({ type }) => type === 'Ready')?.status).toBe('True')
    expect(cluster.api.get('leases.coordination.k8s.io', 'kube-node-lease', 'n')).toBeDefined()
  })

  it('knows a driver as long as its registration socket is there', async () => {
    const drivers = () => cluster.api.get<CsiNode>('csinodes.storage.k8s.io', undefined, 'n')?.spec.drivers
    await soon(() =>
      expect(drivers()).toEqual([
        { name: 'csi.example.com', nodeID: 'n', topologyKeys: ['example.com/node'], allocatable: { count: 5 } },
      ]),
    )
    expect(cluster.api.get('nodes', undefined, 'n')?.metadata.labels).toMatchObject({ 'example.com/node': 'n' })
    await soon(() => expect(driver.calls).toContain('registered true'))
    await driver.stop()
    await soon(() => expect(drivers()).toEqual([]))
  })

  it('stages a volume once for two pods, and unstages it after the last', async () => {
    await volume('v')
    await pod('a', 'v')
    await runs('a')
    await pod('b', 'v')
    await runs('b')
    expect([driver.count('stage'), driver.count('publish')]).toEqual([1, 2])
    cluster.api.delete('pods', 'default', 'a', {})
    await soon(() => expect(get('a')).toBeUndefined())
    expect([driver.count('unpublish'), driver.count('unstage')]).toEqual([1, 0])
    // Gone from the API before the kubelet has done anything.
    cluster.api.delete('pods', 'default', 'b', { gracePeriodSeconds: 0 })
    await soon(() => expect([driver.count('unpublish'), driver.count('unstage')]).toEqual([2, 1]))
    expect(driver.requests[0]).toMatchObject({
      volume_capability: { mount: { fs_type: 'ext4' }, access_mode: { mode: 7 } },
    })
  })

  it('tells why a pod waits, and starts it when the driver has come round', async () => {
    await soon(() => expect(driver.calls).toContain('registered true'))
    driver.refuse.set('publish', 2)
    await volume('v')
    await pod('a', 'v')
    await runs('a')
    const [event] = cluster.api
      .list<CoreEvent>('events')
      .filter(({ reason, message }) => reason === 'FailedMount' && message?.includes('rpc error'))
    expect(event).toMatchObject({
      type: 'Warning',
      message: 'MountVolume.SetUp failed for volume "pv-v" : rpc error: code = Internal desc = no publishing today',
      source: { component: 'kubelet', host: 'n' },
    })
    expect(driver.count('stage')).toBe(1)
  })

  it('takes down what a failed staging may have left, when the pod goes', async () => {
    await soon(() => expect(driver.calls).toContain('registered true'))
    driver.refuse.set('stage', 1_000)
    await volume('v')
    await pod('a', 'v')
    await soon(() => expect(driver.refuse.get('stage')).toBeLessThan(1_000))
    cluster.api.delete('pods', 'default', 'a', { gracePeriodSeconds: 0 })
    await soon(() => expect(driver.count('unstage')).toBe(1))
  })

  it('maps a block volume as a device', async () => {
    await volume('raw', 'Block')
    await pod('a', 'raw')
    await runs('a')
    const uid = get('a')!.metadata.uid
    expect(driver.calls.filter((call) => call.includes(' raw '))).toEqual([
      'stage raw volumeDevices/staging/pv-raw',
      `publish raw publish/pv-raw/${uid}`,
    ])
  })

  it('after a restart takes down what lost its pod meanwhile, and leaves the rest alone', async () => {
    await volume('v')
    await volume('w')
    await pod('a', 'v')
    await pod('b', 'w')
    await runs('a')
    await runs('b')
    await Promise.all(cluster.kubelets.map((kubelet) => kubelet.stop()))
    cluster.api.delete('pods', 'default', 'a', { gracePeriodSeconds: 0 })
    await cluster.stop()
    await start()
    await soon(() => expect(driver.calls.at(-1)).toMatch(/^unstage v /))
    expect([driver.count('unstage'), driver.count('stage')]).toEqual([1, 2])
    await runs('b')
  })

  it('sets everything up again after a power cut', async () => {
    await volume('v')
    await pod('a', 'v')
    await runs('a')
    cluster.kubelets[0]!.reboot()
    await soon(() => expect(get('a')?.status?.containerStatuses?.[0]?.restartCount).toBe(1))
    expect(driver.count('stage')).toBe(2)
  })
})
