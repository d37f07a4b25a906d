import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Claim, Pod, Volume } from '../kinds.ts'
import { unitsOf } from '../quantity.ts'
import { DRIVER, HOSTNAME, seeded, TestCluster } from './scheduler-testing.ts'

const NOT_HELPFUL = (count: number): string =>
  `preemption: 0/${count} nodes are available: ${count} Preemption is not helpful for scheduling.`
const CAPACITIES = 'csistoragecapacities.storage.k8s.io'

let running: TestCluster | undefined
function begin(options?: ConstructorParameters<typeof TestCluster>[0]): TestCluster {
  running = new TestCluster(options)
  return running
}
afterEach(async () => {
  await running?.stop()
  running = undefined
})

const until = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 10_000, interval: 10 })

describe('placing', () => {
  it('binds a pod, sets its condition and says so', async () => {
    const cluster = begin()
    cluster.node('a')
    cluster.pod('p')
    cluster.start()
    await until(() => expect(cluster.nodeOf('p')).toBe('a'))
    const [condition] = cluster.getPod('p').status!.conditions!
    expect(condition).toMatchObject({ type: 'PodScheduled', status: 'True', lastProbeTime: null })
    expect(cluster.events('p')).toEqual(['Normal Scheduled: Successfully assigned default/p to a'])
  })

  it('leaves alone pods of other schedulers and gated ones', async () => {
    const cluster = begin()
    cluster.node('a')
    cluster.pod('other', { schedulerName: 'custom' })
    cluster.pod('gated', { schedulingGates: [{ name: 'wait' }] })
    cluster.pod('mine')
    cluster.start()
    await until(() => expect(cluster.nodeOf('mine')).toBe('a'))
    expect([cluster.nodeOf('other'), cluster.nodeOf('gated')]).toEqual([undefined, undefined])
    cluster.api.patch('pods', 'default', 'gated', { spec: { schedulingGates: null } })
    await until(() => expect(cluster.nodeOf('gated')).toBe('a'))
  })

  it('takes pods of higher priority first', async () => {
    const cluster = begin()
    cluster.node('a', { pods: '1' })
    cluster.pod('low', { priority: 1 })
    cluster.pod('high', { priority: 10 })
    cluster.start()
    await until(() => expect(cluster.nodeOf('high')).toBe('a'))
    await until(() => expect(cluster.why('low')).toContain('1 Too many pods'))
  })

  it('prefers what the affinity prefers, then the emptier node', async () => {
    const cluster = begin()
    cluster.node('busy', { cpu: '2' })
    cluster.node('empty', { cpu: '4' })
    cluster.node('liked', { cpu: '1', labels: { disk: 'ssd' } })
    cluster.pod('plain', { cpu: '500m' })
    const preference = { matchExpressions: [{ key: 'disk', operator: 'In' as const, values: ['ssd'] }] }
    cluster.pod('picky', {
      affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, preference }] } },
    })
    cluster.start()
    await until(() => expect([cluster.nodeOf('plain'), cluster.nodeOf('picky')]).toEqual(['empty', 'liked']))
  })
})

describe('refusing', () => {
  it('names each reason with the number of nodes, sorted, as kube-scheduler does', async () => {
    const cluster = begin()
    cluster.node('cordoned', { spec: { unschedulable: true } })
    cluster.node('tainted', { spec: { taints: [{ key: 'k', effect: 'NoSchedule' }] } })
    cluster.node('elsewhere', { labels: { zone: 'b' } })
    cluster.node('small', { cpu: '1', labels: { zone: 'a' } })
    cluster.node('full', { cpu: '2', labels: { zone: 'a' } })
    cluster.start()
    cluster.pod('filler', { cpu: '1500m', nodeSelector: { [HOSTNAME]: 'full' } })
    await until(() => expect(cluster.nodeOf('filler')).toBe('full'))
    cluster.pod('p', { cpu: '2', nodeSelector: { zone: 'a' } })
    const message =
      "0/5 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, 1 node(s) had untolerated taint(s), " +
      '1 node(s) were unschedulable, 2 Insufficient cpu. preemption: 0/5 nodes are available: ' +
      '1 No preemption victims found for incoming pod, 4 Preemption is not helpful for scheduling.'
    await until(() => expect(cluster.why('p')).toBe(message))
    expect(cluster.getPod('p').status?.conditions?.[0]).toMatchObject({ status: 'False', reason: 'Unschedulable' })
    expect(cluster.events('p')).toEqual([`Warning FailedScheduling: ${message}`])
  })

  it('says that there are no nodes, and takes the first that comes', async () => {
    const cluster = begin()
    cluster.pod('p')
    cluster.start()
    await until(() => expect(cluster.why('p')).toBe('no nodes available to schedule pods'))
    cluster.node('a')
    await until(() => expect(cluster.nodeOf('p')).toBe('a'))
  })

  it('keeps host ports apart', async () => {
    const cluster = begin()
    cluster.node('a')
    const ports = [{ containerPort: 80, hostPort: 80 }]
    for (const name of ['p', 'q']) cluster.pod(name, { containers: [{ name: 'c', image: 'i', ports }] })
    cluster.start()
    await until(() => expect(cluster.nodeOf('p')).toBe('a'))
    await until(() =>
      expect(cluster.why('q')).toContain("1 node(s) didn't have free ports for the requested pod ports."),
    )
    cluster.api.delete('pods', 'default', 'p', { gracePeriodSeconds: 0 })
    await until(() => expect(cluster.nodeOf('q')).toBe('a'))
  })

  it('does not pretend to do anti-affinity or to preempt', async () => {
    const cluster = begin()
    cluster.node('a', { pods: '1' })
    cluster.pod('low')
    cluster.start()
    await until(() => expect(cluster.nodeOf('low')).toBe('a'))
    const required = { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: HOSTNAME }] }
    cluster.pod('apart', { affinity: { podAntiAffinity: required } })
    const text = 'the simulated scheduler does not do required pod anti-affinity'
    await until(() => expect(cluster.why('apart')).toBe(`0/1 nodes are available: ${text}. ${NOT_HELPFUL(1)}`))
    cluster.pod('high', { priority: 5 })
    await until(() => expect(cluster.why('high')).toContain('the simulated scheduler does not take other pods off'))
    cluster.pod('never', { priority: 5, preemptionPolicy: 'Never' })
    const never = '0/1 nodes are available: 1 Too many pods. preemption: not eligible due to preemptionPolicy=Never.'
    await until(() => expect(cluster.why('never')).toBe(never))
  })
})

describe('volumes', () => {
  it('selects a node for claims that wait, waits for them, then binds', async () => {
    const cluster = begin()
    cluster.node('a')
    cluster.storageClass('fast')
    cluster.claim('c', 'fast')
    cluster.pod('p', { claims: ['c'] })
    const seen: string[] = []
    cluster.api.watch<Pod>('pods', ({ object: { spec, status } }) => {
      seen.push(`${status?.nominatedNodeName ?? '-'} ${spec.nodeName ?? '-'}`)
    })
    cluster.start()
    await until(() => expect(cluster.nodeOf('p')).toBe('a'))
    expect(cluster.api.get<Claim>('persistentvolumeclaims', 'default', 'c')!.status!.phase).toBe('Bound')
    expect(seen).toEqual(['- -', 'a -', 'a a', '- a'])
  })

  it('says which claim is missing or unbound, and looks again when that changes', async () => {
    const cluster = begin()
    cluster.node('a')
    cluster.storageClass('now', { volumeBindingMode: 'Immediate' })
    cluster.pod('p', { claims: ['c'] })
    cluster.start()
    const say = (why: string): string => `0/1 nodes are available: ${why}. ${NOT_HELPFUL(1)}`
    await until(() => expect(cluster.why('p')).toBe(say('persistentvolumeclaim "c" not found')))
    cluster.claim('c', 'now')
    await until(() => expect(cluster.why('p')).toBe(say('pod has unbound immediate PersistentVolumeClaims')))
    cluster.volume('v', 'now', '1Gi')
    await until(() => expect(cluster.nodeOf('p')).toBe('a'))
  })

  it('keeps a pod where its volume is', async () => {
    const cluster = begin()
    cluster.node('a')
    cluster.node('b')
    cluster.storageClass('fast')
    cluster.volume('v', 'fast', '1Gi', 'b')
    cluster.claim('c', 'fast')
    cluster.start()
    cluster.api.patch('persistentvolumeclaims', 'default', 'c', { spec: { volumeName: 'v' } })
    cluster.pod('p', { claims: ['c'] })
    await until(() => expect(cluster.nodeOf('p')).toBe('b'))
    cluster.pod('wrong', { claims: ['c'], nodeSelector: { [HOSTNAME]: 'a' } })
    const why =
      "0/2 nodes are available: 1 node(s) didn't match PersistentVolume's node affinity, " +
      `1 node(s) didn't match Pod's node affinity/selector. ${NOT_HELPFUL(2)}`
    await until(() => expect(cluster.why('wrong')).toBe(why))
  })

  it('takes the smallest volume that exists and fits, on its node', async () => {
    const cluster = begin()
    for (const name of ['a', 'b']) cluster.node(name)
    cluster.storageClass('manual', { provisioner: 'kubernetes.io/no-provisioner' })
    cluster.volume('large', 'manual', '10Gi', 'b')
    cluster.volume('right', 'manual', '2Gi', 'b')
    cluster.volume('small', 'manual', '1Gi', 'a')
    cluster.claim('c', 'manual', '2Gi')
    cluster.pod('p', { claims: ['c'] })
    cluster.start()
    await until(() => expect(cluster.nodeOf('p')).toBe('b'))
    const volume = cluster.api.get<Volume>('persistentvolumes', undefined, 'right')!
    expect(volume.spec.claimRef).toMatchObject({ name: 'c', kind: 'PersistentVolumeClaim' })
    expect(volume.metadata.annotations).toEqual({ 'pv.kubernetes.io/bound-by-controller': 'yes' })
    cluster.claim('d', 'manual', '50Gi')
    cluster.pod('q', { claims: ['d'] })
    const why = `0/2 nodes are available: 2 node(s) didn't find available persistent volumes to bind. ${NOT_HELPFUL(2)}`
    await until(() => expect(cluster.why('q')).toBe(why))
  })

  it('goes by capacity objects when the driver publishes them, and wakes when one grows', async () => {
    const cluster = begin()
    for (const name of ['a', 'b']) cluster.node(name)
    cluster.storageClass('fast')
    cluster.make('csidrivers.storage.k8s.io', { metadata: { name: DRIVER }, spec: { storageCapacity: true } })
    cluster.capacity('cap-a', 'fast', 'a', '1Gi')
    cluster.claim('c', 'fast', '5Gi')
    cluster.pod('p', { claims: ['c'] })
    cluster.start()
    const why = `0/2 nodes are available: 2 node(s) did not have enough free storage. ${NOT_HELPFUL(2)}`
    await until(() => expect(cluster.why('p')).toBe(why))
    cluster.api.patch(CAPACITIES, 'default', 'cap-a', { capacity: '6Gi' })
    await until(() => expect(cluster.nodeOf('p')).toBe('a'))
  })

  it('honours the topologies that a class allows', async () => {
    const cluster = begin()
    for (const name of ['a', 'b']) cluster.node(name)
    const allowedTopologies = [{ matchLabelExpressions: [{ key: HOSTNAME, values: ['b'] }] }]
    cluster.storageClass('only-b', { allowedTopologies })
    cluster.claim('c', 'only-b')
    cluster.pod('p', { claims: ['c'] })
    cluster.start()
    await until(() => expect(cluster.nodeOf('p')).toBe('b'))
  })

  it('chooses again when the provisioner gives the claim back', async () => {
    const cluster = begin()
    cluster.node('a')
    cluster.storageClass('fast')
    cluster.claim('c', 'fast')
    cluster.refuses.add('c')
    cluster.pod('p', { claims: ['c'] })
    cluster.start()
    const failure = 'running PreBind plugin "VolumeBinding": binding volumes: provisioning failed for PVC "c"'
    await until(() => expect(cluster.events('p')).toEqual([`Warning FailedScheduling: ${failure}`]))
    expect(cluster.getPod('p').status?.conditions?.[0]).toMatchObject({ reason: 'SchedulerError', message: failure })
    expect(cluster.getPod('p').status?.nominatedNodeName).toBeUndefined()
    await until(() => expect(cluster.nodeOf('p')).toBe('a'))
  })

  it('gives up waiting after its time', async () => {
    const cluster = begin({ bindTimeoutMs: 50 })
    cluster.node('a')
    cluster.storageClass('slow')
    cluster.provisions = false
    cluster.claim('c', 'slow')
    cluster.pod('p', { claims: ['c'] })
    cluster.start()
    await until(() => expect(cluster.why('p')).toContain('binding volumes: context deadline exceeded'))
  })

  it('lets one pod at a time use a ReadWriteOncePod claim', async () => {
    const cluster = begin()
    for (const name of ['a', 'b']) cluster.node(name)
    cluster.storageClass('fast')
    cluster.claim('c', 'fast', '1Gi', ['ReadWriteOncePod'])
    cluster.pod('p', { claims: ['c'] })
    cluster.pod('q', { claims: ['c'] })
    cluster.start()
    await until(() => expect(cluster.nodeOf('p')).toBeDefined())
    await until(() => expect(cluster.why('q')).toContain('ReadWriteOncePod access mode already in-use by another pod'))
    cluster.api.delete('pods', 'default', 'p', { gracePeriodSeconds: 0 })
    await until(() => expect(cluster.nodeOf('q')).toBeDefined())
  })

  it('counts volumes up to the limit of the node', async () => {
    const cluster = begin()
    cluster.node('a')
    cluster.storageClass('fast')
    const drivers = [{ name: DRIVER, nodeID: 'a', topologyKeys: [HOSTNAME], allocatable: { count: 1 } }]
    cluster.make('csinodes.storage.k8s.io', { metadata: { name: 'a' }, spec: { drivers } })
    for (const name of ['c', 'd']) cluster.claim(name, 'fast')
    cluster.pod('p', { claims: ['c'] })
    cluster.pod('shares', { claims: ['c'] })
    cluster.pod('q', { claims: ['d'] })
    cluster.start()
    await until(() => expect([cluster.nodeOf('p'), cluster.nodeOf('shares')]).toEqual(['a', 'a']))
    await until(() => expect(cluster.why('q')).toContain('1 node(s) exceed max volume count.'))
    const raised = [{ ...drivers[0], allocatable: { count: 2 } }]
    cluster.api.patch('csinodes.storage.k8s.io', undefined, 'a', { spec: { drivers: raised } })
    await until(() => expect(cluster.nodeOf('q')).toBe('a'))
  })
})

describe('whatever happens', () => {
  it.each([1, 2, 3, 4, 5])('never promises more than a node has (seed %i)', async (seed) => {
    const random = seeded(seed)
    const pick = (most: number): number => Math.floor(random() * most)
    const cluster = begin({ random })
    for (let n = 0; n < 4; n++) cluster.node(`n${n}`, { cpu: `${1 + pick(3)}`, pods: `${2 + pick(4)}` })
    cluster.storageClass('fast')
    cluster.start()
    let made = 0
    const check = (): void => {
      for (const { metadata, status } of cluster.api.list<import('../kinds.ts').Node>('nodes')) {
        const pods = cluster.api.list<Pod>('pods').filter((pod) => pod.spec.nodeName === metadata.name)
        const asked = pods.reduce((sum, p) => sum + milli(p.spec.containers[0]!.resources?.requests?.cpu), 0)
        expect(asked).toBeLessThanOrEqual(milli(status!.allocatable!.cpu))
        expect(BigInt(pods.length)).toBeLessThanOrEqual(unitsOf(status!.allocatable!.pods))
      }
    }
    const stop = cluster.api.watch('pods', () => {})
    for (let step = 0; step < 60; step++) {
      const pods = cluster.api.list<Pod>('pods')
      if (random() < 0.65 || pods.length === 0) {
        const claims = random() < 0.3 ? [`c${made}`] : []
        for (const name of claims) cluster.claim(name, 'fast')
        if (random() < 0.2) for (const name of claims) cluster.refuses.add(name)
        cluster.pod(`p${made++}`, { cpu: `${100 + pick(900)}m`, claims, priority: pick(3) })
      } else {
        const { name } = pods[pick(pods.length)]!.metadata
        cluster.api.delete('pods', 'default', name, { gracePeriodSeconds: 0 })
      }
      if (random() < 0.5) await new Promise((resolve) => setTimeout(resolve, pick(4)))
      check()
    }
    stop()
    await until(() => {
      for (const pod of cluster.api.list<Pod>('pods'))
        expect(pod.spec.nodeName ?? cluster.why(pod.metadata.name)).toBeDefined()
    })
    check()
  })

  it('gives the last room to one of two pods that come together', async () => {
    const cluster = begin()
    cluster.node('a', { cpu: '1' })
    cluster.start()
    cluster.pod('p', { cpu: '600m' })
    cluster.pod('q', { cpu: '600m' })
    await until(() => expect(cluster.nodeOf('p') ?? cluster.nodeOf('q')).toBe('a'))
    await until(() => expect(cluster.why('p') ?? cluster.why('q')).toContain('1 Insufficient cpu.'))
  })

  it('gives the last volume to one of two claims that come together', async () => {
    const cluster = begin()
    for (const name of ['a', 'b']) cluster.node(name)
    cluster.storageClass('manual', { provisioner: 'kubernetes.io/no-provisioner' })
    cluster.volume('v', 'manual', '1Gi', 'a')
    for (const name of ['p', 'q']) {
      cluster.claim(`of-${name}`, 'manual')
      cluster.pod(name, { claims: [`of-${name}`] })
    }
    cluster.start()
    await until(() => expect(cluster.nodeOf('p') ?? cluster.nodeOf('q')).toBe('a'))
    await until(() => expect(cluster.why('p') ?? cluster.why('q')).toContain("2 node(s) didn't find available"))
  })

  it("places 500 pods with claims on 1,000 nodes, each volume on its pod's node", async () => {
    const cluster = begin()
    for (let n = 0; n < 1000; n++) {
      cluster.node(`n${n}`)
      cluster.capacity(`cap${n}`, 'fast', `n${n}`, '10Gi')
    }
    cluster.storageClass('fast')
    cluster.make('csidrivers.storage.k8s.io', { metadata: { name: DRIVER }, spec: { storageCapacity: true } })
    cluster.start()
    for (let n = 0; n < 500; n++) {
      cluster.claim(`c${n}`, 'fast')
      cluster.pod(`p${n}`, { cpu: '1', claims: [`c${n}`] })
    }
    await vi.waitFor(() => expect(cluster.api.list<Pod>('pods').every((pod) => pod.spec.nodeName)).toBe(true), {
      timeout: 60_000,
      interval: 100,
    })
    for (let n = 0; n < 500; n++) {
      const volume = cluster.api.get<Volume>('persistentvolumes', undefined, `pvc-c${n}`)!
      const [term] = volume.spec.nodeAffinity!.required!.nodeSelectorTerms
      expect(term!.matchExpressions![0]!.values).toEqual([cluster.nodeOf(`p${n}`)])
    }
  }, 90_000)
})

function milli(cpu = '0'): number {
  return cpu.endsWith('m') ? Number(cpu.slice(0, -1)) : Number(cpu) * 1000
}
