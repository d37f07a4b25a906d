import { isDeepStrictEqual } from 'node:util'
import { type NodeLocalVolume, parseQuantity } from '@open-local/shared'
import type { SimulatedSystem } from '../harness/simulated-system.ts'
import { HopelessError, until } from '../harness/until.ts'
import { allLogicalVolumes, freeBytes } from '../scenarios/support/disk.ts'
import type { Written } from './play.ts'

/** Longer than any back-off of ours, of the provisioner's or the kubelet's. */
const PATIENCE_MS = 120_000

interface ClaimObject {
  metadata: { name: string; uid: string; deletionTimestamp?: string }
  spec: { volumeName?: string }
  status?: { phase?: string }
}
interface PodObject {
  metadata: { name: string; deletionTimestamp?: string }
  spec: { volumes: { persistentVolumeClaim?: { claimName: string } }[] }
  status?: { phase?: string; containerStatuses?: { ready?: boolean }[] }
}
interface VolumeObject {
  metadata: { name: string }
  spec: { claimRef?: { namespace: string; name: string; uid: string }; capacity: { storage: string } }
  status?: { phase?: string }
}
interface NodeView {
  pools: { name: string; space: { availableBytes: string | number } }[]
}

/** Once all is healed: who can run runs, what was written is there, and objects, books and disks are of one mind. */
export async function checkHealed(system: SimulatedSystem, namespace: string, written: Written): Promise<void> {
  const claims = async () => (await list<ClaimObject>(system, namespace, 'persistentvolumeclaims')).items
  const pods = async () => (await list<PodObject>(system, namespace, 'pods')).items
  await settled('pods run whose claims are there', async () => {
    const there = (await claims()).filter(({ metadata }) => !metadata.deletionTimestamp)
    const names = new Set(there.map(({ metadata }) => metadata.name))
    return (await pods()).flatMap(({ metadata, spec, status }) => {
      if (metadata.deletionTimestamp) return [`${metadata.name} is still being deleted`]
      const wants = spec.volumes.map((volume) => volume.persistentVolumeClaim!.claimName)
      if (!wants.every((name) => names.has(name))) return []
      const runs = status?.phase === 'Running' && status.containerStatuses?.every(({ ready }) => ready)
      return runs ? [] : [`${metadata.name} is ${status?.phase}`]
    })
  })
  await settled('disks, objects and books are of one mind', () => differences(system))
  const running = new Set(
    (await pods()).filter(({ status }) => status?.phase === 'Running').map((p) => p.metadata.name),
  )
  for (const { metadata } of await claims()) {
    const file = written.get(metadata.uid)
    if (!file || !running.has(file.pod)) continue
    const text = await system.podFiles(namespace, file.pod).read(file.path)
    if (text !== file.text)
      throw new Error(`${file.pod} ${file.path} holds "${text}", where "${file.text}" was written`)
  }
}

/** Once all is deleted: no volume in any object or on any disk, and as much room as before. */
export async function checkNothingLeft(system: SimulatedSystem, before: Record<string, bigint>): Promise<void> {
  await settled('no volume is left', async () => [
    ...(await differences(system)),
    ...(await persistentVolumes(system)).map(({ metadata }) => `PersistentVolume ${metadata.name}`),
    ...(await localVolumes(system)).map(({ metadata }) => `NodeLocalVolume ${metadata.name}`),
    ...(await allLogicalVolumes(system)).map(({ node, vg, name }) => `logical volume ${node} ${vg}/${name}`),
  ])
  const after = await freeBytes(system)
  if (!isDeepStrictEqual(after, before)) throw new Error(`free bytes were ${text(before)}, and are ${text(after)}`)
}

/** Each volume is one PersistentVolume of a claim that is there, one NodeLocalVolume and one logical volume. */
async function differences(system: SimulatedSystem): Promise<string[]> {
  const wrong: string[] = []
  const [onDisk, objects, volumes] = [
    await allLogicalVolumes(system),
    await localVolumes(system),
    await persistentVolumes(system),
  ]
  const twice = onDisk.filter(({ name }, at) => onDisk.findIndex((other) => other.name === name) !== at)
  for (const { node, vg, name } of twice) wrong.push(`${name} is on disk twice, once at ${node} ${vg}`)
  for (const { spec, status, metadata } of objects) {
    if (metadata.deletionTimestamp) wrong.push(`NodeLocalVolume ${metadata.name} is being deleted`)
    else if (status?.phase !== 'Ready') wrong.push(`NodeLocalVolume ${metadata.name} is ${status?.phase ?? 'new'}`)
    const lv = onDisk.find(({ node, name }) => node === spec.nodeName && name === metadata.name)
    if (!lv) wrong.push(`NodeLocalVolume ${metadata.name} has no logical volume on ${spec.nodeName}`)
    if (!volumes.some((pv) => pv.metadata.name === metadata.name))
      wrong.push(`NodeLocalVolume ${metadata.name} has no PersistentVolume`)
  }
  for (const { name, node } of onDisk)
    if (!objects.some(({ metadata }) => metadata.name === name))
      wrong.push(`${node} holds ${name}, of which none knows`)
  for (const { metadata, spec, status } of volumes) {
    if (status?.phase !== 'Bound') wrong.push(`PersistentVolume ${metadata.name} is ${status?.phase}`)
    const lv = onDisk.find(({ name }) => name === metadata.name)
    if (!lv) wrong.push(`PersistentVolume ${metadata.name} has no logical volume`)
    else if (lv.sizeBytes < parseQuantity(spec.capacity.storage))
      wrong.push(`${lv.name} has ${lv.sizeBytes} bytes, where ${spec.capacity.storage} were promised`)
  }
  return [...wrong, ...(await bookDifferences(system))]
}

/** What the ledger holds as available is what LVM holds as free. */
async function bookDifferences(system: SimulatedSystem): Promise<string[]> {
  const wrong: string[] = []
  for (const machine of system.machines) {
    const answer = await fetch(`${system.openLocal.apiUrl}/api/v1/nodes/${machine.name}`)
    if (!answer.ok) return [`the dashboard's API says ${answer.status} of ${machine.name}`]
    const { pools } = (await answer.json()) as NodeView
    const free = await machine.freeBytes()
    for (const [name, bytes] of Object.entries(free)) {
      const space = pools.find((pool) => pool.name === name)?.space
      if (!space || BigInt(space.availableBytes) !== bytes)
        wrong.push(`${machine.name} ${name}: ${bytes} bytes are free, in the books is ${JSON.stringify(space)}`)
    }
  }
  return wrong
}

async function settled(what: string, ask: () => Promise<string[]>): Promise<void> {
  let wrong: string[] = []
  await until(
    async () => {
      wrong = await ask()
      return wrong.length === 0
    },
    { what, timeoutMs: PATIENCE_MS, everyMs: 50 },
  ).catch((error: Error) => {
    throw new HopelessError([error.message, ...wrong].join('\n'))
  })
}

const list = <T>(system: SimulatedSystem, namespace: string, resource: string) =>
  system.get<{ items: T[] }>(`/api/v1/namespaces/${namespace}/${resource}`)

async function persistentVolumes(system: SimulatedSystem): Promise<VolumeObject[]> {
  return (await system.get<{ items: VolumeObject[] }>('/api/v1/persistentvolumes')).items
}

async function localVolumes(system: SimulatedSystem): Promise<NodeLocalVolume[]> {
  const path = '/apis/csi.aliyun.com/v1alpha1/nodelocalvolumes'
  return (await system.get<{ items: NodeLocalVolume[] }>(path)).items
}

function text(bytes: Record<string, bigint>): string {
  return Object.entries(bytes)
    .map(([pool, free]) => `${pool} ${free}`)
    .join(', ')
}
