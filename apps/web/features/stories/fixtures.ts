import type {
  ChainLink,
  Disk,
  EventRow,
  Extent,
  NodeDetail,
  NodeRow,
  Overview,
  PoolRow,
  Space,
  VolumeDetail,
  VolumeRow,
} from '@open-local/shared/api'
import type { History } from '../history/chart-points.ts'

const GiB = 1024 ** 3
const MiB = 1024 ** 2
/** Stories stand still in time. */
export const STORY_NOW = Date.UTC(2026, 10, 23, 12)
const ago = (minutes: number) => new Date(STORY_NOW - minutes * 60_000).toISOString()

function space(capacity: number, allocated: number, reserved = 0, other = 0): Space {
  return {
    capacityBytes: capacity * GiB,
    allocatedBytes: allocated * GiB,
    reservedBytes: reserved * GiB,
    otherBytes: other * GiB,
    availableBytes: Math.max(0, capacity - allocated - reserved - other) * GiB,
  }
}

export function pool(node: string, name: string, of: Space, more: Partial<PoolRow> = {}): PoolRow {
  return {
    key: `${node}/VolumeGroup/${name}`,
    node,
    kind: 'VolumeGroup',
    name,
    mediaType: 'ssd',
    space: of,
    offered: true,
    volumeCount: 7,
    devices: ['/dev/vdb', '/dev/vdc'],
    health: 'well',
    reasons: [],
    ...more,
  }
}

export function node(name: string, of: Space, more: Partial<NodeRow> = {}): NodeRow {
  return {
    name,
    simulated: false,
    ready: true,
    agent: { state: 'alive', lastSeenAt: ago(0.1) },
    space: of,
    poolCount: 2,
    diskCount: 4,
    volumeCount: 12,
    health: 'well',
    reasons: [],
    ...more,
  }
}

export function volume(claim: string, more: Partial<VolumeRow> = {}): VolumeRow {
  return {
    key: `default/${claim}`,
    namespace: 'default',
    claim,
    volumeId: `pvc-7d6a2f0e-51c4-4b7a-9c53-${claim}`,
    storageClass: 'open-local-lvm',
    node: 'worker-1',
    pool: 'open-local-pool-0',
    volumeType: 'LVM',
    accessType: 'Filesystem',
    fsType: 'ext4',
    phase: 'InUse',
    sizeBytes: 20 * GiB,
    usedBytes: 8.4 * GiB,
    pods: [`${claim}-0`],
    createdAt: ago(2900),
    health: 'well',
    reasons: [],
    ...more,
  }
}

const overFull = {
  code: 'pool.overpromised',
  params: { node: 'worker-2', pool: 'open-local-pool-0', percent: 101 },
  message: 'The pool has promised 12 GiB more than it holds; grow it or move a volume away.',
}

export const nodes: NodeRow[] = [
  node('worker-1', space(1800, 900, 90, 30)),
  node('worker-2', space(900, 860, 0, 70), { health: 'critical', reasons: [overFull] }),
  node('worker-3-with-a-rather-long-name.storage.example.internal', space(3600, 200), {
    health: 'attention',
    agent: { state: 'silent', lastSeenAt: ago(9) },
    reasons: [
      { code: 'agent.silent', params: { node: 'worker-3' }, message: 'The agent has been silent for 9 minutes.' },
    ],
  }),
  node('sim-0001', space(500, 0, 50), { simulated: true, volumeCount: 0 }),
  node('worker-5', space(0, 0), {
    ready: null,
    agent: { state: 'absent', lastSeenAt: null },
    health: 'unknown',
    poolCount: 0,
    diskCount: 0,
    volumeCount: 0,
  }),
]

export const volumes: VolumeRow[] = [
  volume('data-postgres-0'),
  volume('data-postgres-1', { node: 'worker-2', usedBytes: 19.4 * GiB, health: 'critical' }),
  volume('raw-block', {
    accessType: 'Block',
    fsType: null,
    usedBytes: null,
    sizeBytes: 512 * MiB,
    phase: 'Ready',
    pods: [],
  }),
  volume('too-large', {
    node: null,
    pool: null,
    volumeId: null,
    phase: 'Pending',
    sizeBytes: 8192 * GiB,
    usedBytes: null,
    health: 'attention',
    pods: ['analytics-0'],
  }),
  volume('old', { phase: 'Released', usedBytes: null, pods: [], health: 'unknown' }),
]

export const manyVolumes: VolumeRow[] = Array.from({ length: 500 }, (_, n) =>
  volume(`claim-${n}`, { sizeBytes: ((n % 40) + 1) * GiB, usedBytes: (n % 40) * 0.7 * GiB, node: `worker-${n % 9}` }),
)

export const events: EventRow[] = [
  {
    id: 'e1',
    at: ago(1),
    type: 'Warning',
    reason: 'ProvisioningFailed',
    message: 'no node can hold 8 TiB: worker-1 has 780 GiB available in open-local-pool-0',
    count: 4,
    source: 'open-local',
    object: { kind: 'PersistentVolumeClaim', namespace: 'default', name: 'too-large' },
  },
  {
    id: 'e2',
    at: ago(31),
    type: 'Normal',
    reason: 'VolumeReady',
    message: 'made a logical volume of 20 GiB in open-local-pool-0',
    count: 1,
    source: 'open-local-agent',
    object: { kind: 'NodeLocalVolume', name: 'pvc-7d6a2f0e' },
  },
]

export const overview: Overview = {
  cluster: { name: 'story', kubernetesVersion: 'v1.36.0', driver: 'local.csi.aliyun.com', simulated: false },
  counts: { nodes: 5, pools: 9, disks: 16, volumes: 41 },
  fleet: space(6800, 1960, 140, 100),
  byMedium: [
    { mediaType: 'ssd', space: space(3200, 1500, 140, 100), poolCount: 5 },
    { mediaType: 'hdd', space: space(3600, 460), poolCount: 4 },
  ],
  attention: [
    {
      id: 'a1',
      severity: 'critical',
      ...overFull,
      subject: { kind: 'Pool', name: 'worker-2/open-local-pool-0' },
      href: '/nodes/worker-2?tab=pools',
      since: ago(44),
    },
    {
      id: 'a2',
      severity: 'attention',
      code: 'agent.silent',
      params: { node: 'worker-3' },
      message: 'The agent of worker-3 has been silent for 9 minutes.',
      subject: { kind: 'Node', name: 'worker-3' },
      href: '/nodes/worker-3',
      since: ago(9),
    },
  ],
  fullestPools: [
    pool('worker-2', 'open-local-pool-0', space(900, 880, 0, 32), { health: 'critical', reasons: [overFull] }),
    pool('worker-1', 'open-local-pool-0', space(600, 470, 60, 30), { health: 'attention' }),
    pool('worker-1', 'scratch', space(1200, 430, 30)),
    pool('worker-3', 'hdd-pool', space(3600, 200), { mediaType: 'hdd' }),
  ],
  pendingClaims: [
    {
      key: 'default/too-large',
      namespace: 'default',
      claim: 'too-large',
      pod: 'analytics-0',
      storageClass: 'open-local-lvm',
      sizeBytes: 8192 * GiB,
      since: ago(12),
      waitingForPod: false,
      reasons: [
        { node: 'worker-1', message: 'asked for 8 TiB, 780 GiB are available in open-local-pool-0' },
        { node: 'worker-2', message: 'open-local-pool-0 is over-promised' },
      ],
    },
    {
      key: 'default/waits',
      namespace: 'default',
      claim: 'waits',
      pod: null,
      storageClass: 'open-local-lvm',
      sizeBytes: 5 * GiB,
      since: ago(300),
      waitingForPod: true,
      reasons: [],
    },
  ],
  activity: events,
}

export const quietOverview: Overview = { ...overview, attention: [], pendingClaims: [], activity: [] }

export const newOverview: Overview = {
  ...quietOverview,
  cluster: { ...overview.cluster, simulated: true },
  counts: { nodes: 0, pools: 0, disks: 0, volumes: 0 },
  fleet: space(0, 0),
  byMedium: [],
  fullestPools: [],
}

const run = (kind: Extent['kind'], start: number, size: number, label: string, more: Partial<Extent> = {}): Extent => ({
  kind,
  startBytes: start,
  sizeBytes: size,
  label,
  claim: null,
  volumeId: null,
  own: false,
  ...more,
})

const own = (start: number, size: number, claim: string) =>
  run('logicalVolume', start, size, `local-${claim}`, {
    own: true,
    volumeId: `local-${claim}`,
    claim: { namespace: 'default', name: claim },
  })

function disk(name: string, size: number, extents: Extent[], more: Partial<Disk> = {}): Disk {
  return {
    name,
    id: null,
    serial: `S5GXNG0N${name.slice(-3)}`,
    model: 'SAMSUNG MZ7L3960HCJR',
    transport: 'sata',
    mediaType: 'ssd',
    sizeBytes: size,
    readOnly: false,
    use: 'PhysicalVolume',
    useDetail: 'LVM physical volume of open-local-pool-0',
    pool: 'open-local-pool-0',
    health: 'well',
    reasons: [],
    extents,
    ...more,
  }
}

const disks: Disk[] = [
  disk(
    '/dev/vda',
    40 * GiB,
    [
      run('partition', MiB, 512 * MiB, 'vda1 (EFI)'),
      run('partition', 513 * MiB, 40 * GiB - 513 * MiB, 'vda2 (ext4, /)'),
    ],
    { pool: null, use: 'Partitioned', useDetail: 'Holds the operating system', model: 'QEMU HARDDISK' },
  ),
  disk('/dev/vdb', 300 * GiB, [
    run('metadata', 0, 64 * MiB, 'LVM metadata'),
    own(64 * MiB, 120 * GiB, 'data-postgres-0'),
    own(120 * GiB + 64 * MiB, 60 * GiB, 'data-postgres-1'),
    run('logicalVolume', 180 * GiB + 64 * MiB, 20 * GiB, 'backup'),
    own(200 * GiB + 64 * MiB, GiB, 'small'),
    run('free', 201 * GiB + 64 * MiB, 99 * GiB - 64 * MiB, 'free'),
  ]),
  disk('/dev/vdc', 300 * GiB, [
    run('metadata', 0, 64 * MiB, 'LVM metadata'),
    own(64 * MiB, 250 * GiB, 'analytics'),
    run('free', 250 * GiB + 64 * MiB, 50 * GiB - 64 * MiB, 'free'),
  ]),
  disk('/dev/vdd', 1200 * GiB, [run('free', 0, 1200 * GiB, 'free')], {
    pool: null,
    mediaType: 'hdd',
    use: 'Free',
    useDetail: 'Provably blank',
    serial: null,
    model: null,
    health: 'attention',
    reasons: [{ code: 'story-smart', params: {}, message: 'SMART reports 12 reallocated sectors.' }],
  }),
]

export const nodeDetail: NodeDetail = {
  node: {
    ...nodes[0]!,
    health: 'attention',
    reasons: [{ code: 'story-smart', params: {}, message: 'SMART reports 12 reallocated sectors on /dev/vdd.' }],
  },
  pools: [pool('worker-1', 'open-local-pool-0', space(600, 431, 60, 20))],
  disks,
  volumes,
  events,
}

export const bareNode: NodeDetail = {
  node: nodes[4]!,
  pools: [],
  disks: [],
  volumes: [],
  events: [],
}

const link = (
  kind: ChainLink['kind'],
  name: string,
  state: string | null,
  facts: [string, string][],
  href: string | null = null,
): ChainLink => ({
  kind,
  name,
  namespace: null,
  state,
  health: 'well',
  facts: facts.map(([fact, value]) => ({ name: fact, value })),
  href,
})

export const volumeDetail: VolumeDetail = {
  volume: volumes[0]!,
  chain: [
    link('Pod', 'postgres-0', 'Running', [['node', 'worker-1']]),
    link('PersistentVolumeClaim', 'data-postgres-0', 'Bound', [
      ['asks', '20Gi'],
      ['access', 'ReadWriteOnce'],
    ]),
    link('PersistentVolume', 'pvc-7d6a2f0e-51c4-4b7a-9c53-1f0e9d4f5a11', 'Bound', [['reclaim', 'Delete']]),
    link('NodeLocalVolume', 'pvc-7d6a2f0e-51c4-4b7a-9c53-1f0e9d4f5a11', 'Ready', [['wipe', 'none']]),
    link('LogicalVolume', 'local-7d6a2f0e-51c4-4b7a-9c53-1f0e9d4f5a11', 'present', [
      ['size', '20 GiB'],
      ['uuid', 'Xk2p1c-…'],
    ]),
    link('Pool', 'open-local-pool-0', 'ready', [['free', '780 GiB']], '/nodes/worker-1?tab=pools'),
    link('Device', '/dev/vdb', null, [['medium', 'SSD']], '/nodes/worker-1?tab=disks'),
    link('Device', '/dev/vdc', null, [['medium', 'SSD']], '/nodes/worker-1?tab=disks'),
    link('Mount', '/var/lib/kubelet/pods/0b8c/volumes/kubernetes.io~csi/pvc-7d6a2f0e/mount', 'rw', [
      ['fsType', 'ext4'],
      ['mountPath', '/data'],
    ]),
  ],
  segments: [
    { device: '/dev/vdb', deviceBytes: 300 * GiB, startBytes: 40 * GiB, sizeBytes: 12 * GiB },
    { device: '/dev/vdb', deviceBytes: 300 * GiB, startBytes: 200 * GiB, sizeBytes: GiB },
    { device: '/dev/vdc', deviceBytes: 300 * GiB, startBytes: 0, sizeBytes: 7 * GiB },
  ],
  conditions: [
    {
      type: 'Ready',
      status: 'True',
      reason: 'Created',
      message: 'the logical volume is on disk',
      at: ago(2900),
      object: { kind: 'NodeLocalVolume', name: 'pvc-7d6a2f0e' },
    },
  ],
  events,
}

export const pendingVolume: VolumeDetail = {
  volume: {
    ...volumes[3]!,
    reasons: [
      {
        code: 'story-no-fit',
        params: {},
        message: 'No node can hold 8 TiB: the most available is 780 GiB on worker-1.',
      },
    ],
  },
  chain: [
    link('Pod', 'analytics-0', 'Pending', []),
    { ...link('PersistentVolumeClaim', 'too-large', 'Pending', [['asks', '8Ti']]), health: 'attention' },
  ],
  segments: [],
  conditions: [],
  events: events.slice(0, 1),
}

export function history(gap = true): History {
  const stepSeconds = 900
  const points = Array.from({ length: 96 }, (_, n) => ({
    at: ago((95 - n) * 15),
    capacityBytes: 6800 * GiB,
    allocatedBytes: (1400 + n * 6) * GiB,
    reservedBytes: 140 * GiB,
    availableBytes: (6800 - 1400 - n * 6 - 240) * GiB,
    usedBytes: (700 + n * 4) * GiB,
  }))
  return {
    from: ago(24 * 60),
    to: ago(0),
    stepSeconds,
    points: gap ? points.filter((_, n) => n < 40 || n > 48) : points,
    fullAt: new Date(STORY_NOW + 5 * 86_400_000).toISOString(),
  }
}
