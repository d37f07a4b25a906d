import { nodes, persistentVolumes, type ResourceType } from '@open-local/kube'
import type { CreateVolumeRequest } from '@open-local/proto/csi'
import {
  CreateVolumeRequest as Create,
  GetCapacityRequest,
  ListVolumesRequest,
  VolumeCapability_AccessMode_Mode as Mode,
  ValidateVolumeCapabilitiesRequest,
} from '@open-local/proto/csi'
import { codeOf, type NodeLocalVolume, nodeLocalVolumes, VOLUME_FINALIZER } from '@open-local/shared'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LostNodeReconciler } from '../controller/lost-node-reconciler.ts'
import {
  DRIVER,
  eventually,
  type FakeCluster,
  failed,
  GiB,
  playAgents,
  seedClaim,
  seedClass,
  seedNode,
  seedPod,
  startFakeCluster,
} from '../testing/fake-cluster.ts'
import { createVolume } from './create-volume.ts'
import { deleteVolume } from './delete-volume.ts'
import { getCapacity } from './get-capacity.ts'
import { listVolumes } from './list-volumes.ts'
import { validateVolumeCapabilities } from './validate-volume-capabilities.ts'

const volumeType: ResourceType<NodeLocalVolume> = nodeLocalVolumes
let cluster: FakeCluster

const request = (
  claim: string,
  gib: number,
  node: string,
  more: Partial<CreateVolumeRequest> = {},
): CreateVolumeRequest =>
  Create.fromPartial({
    name: `local-uid-${claim}`,
    capacityRange: { requiredBytes: BigInt(gib * GiB) },
    volumeCapabilities: [
      { accessType: { $case: 'mount', value: { fsType: 'ext4' } }, accessMode: { mode: Mode.SINGLE_NODE_WRITER } },
    ],
    parameters: { volumeType: 'LVM', 'csi.storage.k8s.io/pvc/name': claim, 'csi.storage.k8s.io/pvc/namespace': 'ns' },
    accessibilityRequirements: { preferred: [{ segments: { 'kubernetes.io/hostname': node } }] },
    ...more,
  })
const soon = () => AbortSignal.timeout(10_000)
const create = (r: CreateVolumeRequest) => createVolume(cluster.csi, r, soon())
const remove = (volumeId: string, signal = soon()) => deleteVolume(cluster.csi, { volumeId, secrets: {} }, signal)
const code = (work: Promise<unknown>) => work.then(() => 'OK', codeOf)
const volumes = () => cluster.api.list(volumeType)

beforeEach(async () => {
  cluster = await startFakeCluster()
  seedNode(cluster.api, 'n1', { pool0: 10, pool1: 6 })
  seedNode(cluster.api, 'n2', { pool0: 10 })
  seedClass(cluster.api)
  seedClaim(cluster.api, 'data', '5Gi')
  seedPod(cluster.api, 'pod', ['data'])
  await eventually(() => expect(cluster.cache.view.pods.size).toBe(1))
  await eventually(() => expect(cluster.books.poolsOf('n2')).toHaveLength(1))
})
afterEach(() => cluster.close())

describe('CreateVolume', () => {
  it('writes one NodeLocalVolume, waits for its node, and answers where it is', async () => {
    playAgents(cluster)
    const { volume } = await create(request('data', 5, 'n1'))
    expect(volume).toMatchObject({
      volumeId: 'local-uid-data',
      capacityBytes: BigInt(5 * GiB),
      volumeContext: { vgName: 'pool0' },
    })
    expect(volume?.accessibleTopology).toEqual([{ segments: { 'kubernetes.io/hostname': 'n1' } }])
    expect(volumes()).toMatchObject([
      {
        metadata: { name: 'local-uid-data', labels: { 'csi.aliyun.com/node': 'n1' }, finalizers: [VOLUME_FINALIZER] },
        spec: {
          nodeName: 'n1',
          pool: 'pool0',
          sizeBytes: 5 * GiB,
          fsType: 'ext4',
          wipePolicy: 'zero',
          claim: { namespace: 'ns', name: 'data', uid: 'uid-data' },
        },
      },
    ])
  })

  it('twice in a row, and again after a restart, gives the same volume', async () => {
    playAgents(cluster)
    const first = await create(request('data', 5, 'n1'))
    expect(await create(request('data', 5, 'n1'))).toEqual(first)
    const restarted = await startFakeCluster(cluster.api)
    try {
      expect(await createVolume(restarted.csi, request('data', 5, 'n1'), soon())).toEqual(first)
      expect(restarted.books.pools()).toEqual(cluster.books.pools())
    } finally {
      await restarted.close()
    }
    expect(volumes()).toHaveLength(1)
  })

  it('during another on the same volume is ABORTED', async () => {
    const slow = create(request('data', 5, 'n1'))
    await eventually(() => expect(volumes()).toHaveLength(1))
    expect(await code(create(request('data', 5, 'n1')))).toBe('ABORTED')
    playAgents(cluster)
    await slow
  })

  it('answers DEADLINE_EXCEEDED while the node is slow, and goes on when asked again', async () => {
    expect(await code(createVolume(cluster.csi, request('data', 5, 'n1'), AbortSignal.timeout(300)))).toBe(
      'DEADLINE_EXCEEDED',
    )
    playAgents(cluster)
    await create(request('data', 5, 'n1'))
    expect(volumes()).toHaveLength(1)
  })

  it.each([
    ['a missing name', { name: '' }, 'INVALID_ARGUMENT'],
    ['no topology', { accessibilityRequirements: undefined }, 'INVALID_ARGUMENT'],
    ['bad class parameters', { parameters: { volumeType: 'lvm' } }, 'INVALID_ARGUMENT'],
    ['no claim metadata', { parameters: { volumeType: 'LVM' } }, 'INVALID_ARGUMENT'],
    [
      'a content source',
      { volumeContentSource: { type: { $case: 'volume' as const, value: { volumeId: 'x' } } } },
      'INVALID_ARGUMENT',
    ],
    ['a limit below the size', { capacityRange: { requiredBytes: 9n, limitBytes: 8n } }, 'OUT_OF_RANGE'],
    [
      'more than one node',
      {
        volumeCapabilities: [
          { accessType: { $case: 'block' as const, value: {} }, accessMode: { mode: Mode.MULTI_NODE_MULTI_WRITER } },
        ],
      },
      'INVALID_ARGUMENT',
    ],
  ])('C5: with %s makes nothing', async (_, more, expected) => {
    expect(await code(create(request('data', 5, 'n1', more as Partial<CreateVolumeRequest>)))).toBe(expected)
    expect(volumes()).toEqual([])
    expect(cluster.books.pools().every((pool) => pool.allocatedBytes === 0n)).toBe(true)
  })

  it('refuses the same name for another size', async () => {
    playAgents(cluster)
    await create(request('data', 5, 'n1'))
    expect(await code(create(request('data', 6, 'n1')))).toBe('ALREADY_EXISTS')
  })

  it('C4: a shortage is RESOURCE_EXHAUSTED with the numbers, and nothing is held', async () => {
    seedClaim(cluster.api, 'data', '11Gi')
    await eventually(() =>
      expect(cluster.cache.view.claims.get('ns/data')?.spec.resources?.requests?.storage).toBe('11Gi'),
    )
    await expect(create(request('data', 11, 'n1'))).rejects.toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      message: expect.stringMatching(/n1.*asks 11 GiB, 10 GiB available/),
    })
    expect(volumes()).toEqual([])
  })

  it('a shortage that only the node sees is RESOURCE_EXHAUSTED, and its object goes', async () => {
    playAgents(cluster, () => failed('InsufficientSpace', 'pool0 on n1 has 1 GiB free'))
    expect(await code(create(request('data', 5, 'n1')))).toBe('RESOURCE_EXHAUSTED')
    await eventually(() => expect(volumes()).toEqual([]))
    await eventually(() => expect(cluster.books.pools().every((pool) => pool.allocatedBytes === 0n)).toBe(true))
  })

  it('asks for another try while its object stays, so that a deleted claim leaves no volume that is nobody’s', async () => {
    playAgents(cluster, () => failed('CommandFailed', 'lvcreate failed'))
    await expect(create(request('data', 5, 'n1'))).rejects.toMatchObject({
      code: 'ABORTED',
      message: 'lvcreate failed',
    })
    expect(volumes()).toHaveLength(1)
  })

  it.each([0, 429, 500, 503])(
    'an API server that answers %i to the write leaves it open whether there is a volume',
    async (status) => {
      playAgents(cluster)
      cluster.api.failNext(50, status, (asked) => asked.method === 'POST' && asked.path.includes('nodelocalvolumes'))
      expect(await code(create(request('data', 5, 'n1')))).toBe('UNAVAILABLE')
    },
  )

  it('of a claim that is gone, or made anew under its name, makes nothing and is not asked again', async () => {
    expect(await code(create(request('never', 5, 'n1')))).toBe('FAILED_PRECONDITION')
    const name = 'local-3f2c8a6e-52b1-4b0b-9a53-0c4f6b1c9d10'
    expect(await code(create(request('data', 5, 'n1', { name })))).toBe('FAILED_PRECONDITION')
    expect(volumes()).toEqual([])
  })

  it('moves to the node that the scheduler chooses next', async () => {
    expect(await code(createVolume(cluster.csi, request('data', 5, 'n1'), AbortSignal.timeout(200)))).toBe(
      'DEADLINE_EXCEEDED',
    )
    playAgents(cluster, (volume) =>
      volume.spec.nodeName === 'n2' ? { phase: 'Ready', sizeBytes: volume.spec.sizeBytes } : undefined,
    )
    await create(request('data', 5, 'n2'))
    expect(volumes().map((v) => v.spec.nodeName)).toEqual(['n2'])
  })

  it('places the claims of one pod beside each other: the second gets what was assumed with the first', async () => {
    seedClaim(cluster.api, 'data', '9Gi')
    seedClaim(cluster.api, 'more', '6Gi')
    seedPod(cluster.api, 'pod', ['data', 'more'])
    await eventually(() => expect(cluster.cache.view.claims.size).toBe(2))
    await eventually(() => expect(cluster.cache.view.pods.get('ns/pod')?.spec?.volumes).toHaveLength(2))
    playAgents(cluster)
    await create(request('more', 6, 'n1'))
    await create(request('data', 9, 'n1'))
    expect(Object.fromEntries(volumes().map((v) => [v.spec.claim!.name, v.spec.pool]))).toEqual({
      data: 'pool0',
      more: 'pool1',
    })
  })
})

describe('assumptions', () => {
  it('count from the moment the scheduler selects a node, and end with the pod', async () => {
    seedClaim(cluster.api, 'data', '5Gi', {}, 'n2')
    await eventually(() => expect(cluster.books.placementOf('ns/data')).toEqual({ node: 'n2', pool: 'pool0' }))
    expect(cluster.books.poolsOf('n2')[0]).toMatchObject({ allocatedBytes: BigInt(5 * GiB) })
    seedClaim(cluster.api, 'data', '5Gi')
    await eventually(() => expect(cluster.books.placementOf('ns/data')).toBeUndefined())
  })
})

describe('DeleteVolume', () => {
  it('waits until the node has let go; twice in a row, and of an unknown volume, is OK', async () => {
    const stop = playAgents(cluster)
    await create(request('data', 5, 'n1'))
    stop()
    expect(await code(remove('local-uid-data', AbortSignal.timeout(300)))).toBe('DEADLINE_EXCEEDED')
    expect(volumes()[0]?.metadata.deletionTimestamp).toBeDefined()
    playAgents(cluster)
    await remove('local-uid-data')
    expect(volumes()).toEqual([])
    await remove('local-uid-data')
    expect(await code(remove(''))).toBe('INVALID_ARGUMENT')
  })

  it('of a volume without an object asks its node to remove what may be there, and to make nothing', async () => {
    cluster.api.seed(persistentVolumes, {
      metadata: { name: 'local-old' },
      spec: {
        capacity: { storage: '1Gi' },
        csi: { driver: DRIVER, volumeHandle: 'local-old', volumeAttributes: { volumeType: 'LVM', vgName: 'pool0' } },
        nodeAffinity: {
          required: {
            nodeSelectorTerms: [
              { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: ['n1'] }] },
            ],
          },
        },
      },
    })
    await eventually(() => expect(cluster.cache.view.volumes.get('local-old')).toBeDefined())
    expect(await code(remove('local-old', AbortSignal.timeout(300)))).toBe('DEADLINE_EXCEEDED')
    const [asked] = volumes()
    expect(asked).toMatchObject({ spec: { nodeName: 'n1', pool: 'pool0' } })
    expect(asked?.metadata.annotations).toEqual({ 'csi.aliyun.com/remove-only': 'true' })
    expect(asked?.metadata.deletionTimestamp).toBeDefined()
    playAgents(cluster)
    await remove('local-old')
    expect(volumes()).toEqual([])
  })

  it('C2: ends although the node is gone', async () => {
    playAgents(cluster)()
    const stop = playAgents(cluster)
    await create(request('data', 5, 'n1'))
    stop()
    cluster.api.remove(nodes, 'n1')
    await eventually(() => expect(cluster.cache.view.nodes.get('n1')).toBeUndefined())
    const told: string[] = []
    const events = { event: (_: unknown, __: string, reason: string) => told.push(reason) }
    const lost = new LostNodeReconciler({
      view: cluster.cache.view,
      objects: cluster.csi.objects,
      events: events as never,
      log: cluster.csi.log,
    })
    lost.attach(cluster.cache)
    lost.start()
    await remove('local-uid-data')
    expect(volumes()).toEqual([])
    expect(told).toEqual(['NodeGone'])
    await lost.stop()
  })
})

it('GetCapacity: what is left on a node, and the largest that fits', async () => {
  const at = (node: string) =>
    getCapacity(
      cluster.csi,
      GetCapacityRequest.fromPartial({
        parameters: { volumeType: 'LVM' },
        accessibleTopology: { segments: { 'kubernetes.io/hostname': node } },
      }),
    )
  expect(await at('n1')).toMatchObject({ availableCapacity: BigInt(16 * GiB), maximumVolumeSize: BigInt(10 * GiB) })
  expect(await at('nowhere')).toMatchObject({ availableCapacity: 0n })
})

it('ListVolumes pages in order; ValidateVolumeCapabilities knows what exists', async () => {
  playAgents(cluster)
  for (const name of ['b', 'a', 'c']) {
    seedClaim(cluster.api, name, '1Gi')
    await eventually(() => expect(cluster.cache.view.claims.get(`ns/${name}`)).toBeDefined())
    await create(request(name, 1, 'n1'))
  }
  await eventually(() => expect(cluster.cache.view.nodeLocalVolumes.size).toBe(3))
  const page = (startingToken: string) =>
    listVolumes(cluster.csi, ListVolumesRequest.fromPartial({ maxEntries: 2, startingToken }))
  const first = await page('')
  const second = await page(first.nextToken)
  expect([...first.entries, ...second.entries].map((e) => e.volume?.volumeId)).toEqual([
    'local-uid-a',
    'local-uid-b',
    'local-uid-c',
  ])
  expect(second.nextToken).toBe('')
  const validate = (volumeId: string) =>
    validateVolumeCapabilities(
      cluster.csi,
      ValidateVolumeCapabilitiesRequest.fromPartial({
        volumeId,
        volumeCapabilities: request('a', 1, 'n1').volumeCapabilities,
      }),
    )
  expect((await validate('local-uid-a')).confirmed).toBeDefined()
  expect(await code(validate('no-such'))).toBe('NOT_FOUND')
})
