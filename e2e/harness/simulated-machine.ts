import { open, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { KubeApi } from './kube-api.ts'
import type { LogicalVolume, Machine, PodFiles } from './machine.ts'

interface MachineFile {
  devices: Record<string, { deviceNumber: string; signature?: { type: string } }>
  groups: {
    name: string
    freeBytes: string
    physicalVolumes: { device: string }[]
    logicalVolumes: { name: string; sizeBytes: string; tags: string[] }[]
  }[]
  mounts: { path: string; deviceNumber: string }[]
}

/** A simulated node, seen through the file in which its agent keeps the machine. */
export class SimulatedMachine implements Machine {
  readonly name: string
  readonly running = true
  readonly stateDir: string
  readonly #api: KubeApi

  constructor(api: KubeApi, name: string, stateDir: string) {
    this.#api = api
    this.name = name
    this.stateDir = stateDir
  }

  async logicalVolumes(): Promise<LogicalVolume[]> {
    return (await this.#read()).groups.flatMap((group) =>
      group.logicalVolumes.map(({ name, sizeBytes, tags }) => ({
        node: this.name,
        name,
        vg: group.name,
        sizeBytes: BigInt(sizeBytes),
        tags,
      })),
    )
  }

  async freeBytes(): Promise<Record<string, bigint>> {
    return Object.fromEntries((await this.#read()).groups.map(({ name, freeBytes }) => [name, BigInt(freeBytes)]))
  }

  async physicalVolumes(vg: string): Promise<string[]> {
    const group = (await this.#read()).groups.find(({ name }) => name === vg)
    return (group?.physicalVolumes ?? []).map(({ device }) => device)
  }

  async fileSystem(device: string): Promise<string | undefined> {
    return (await this.#read()).devices[device]?.signature?.type
  }

  async mountTargets(device: string): Promise<string[]> {
    const { devices, mounts } = await this.#read()
    const number = devices[device]?.deviceNumber
    return mounts.filter((mount) => mount.deviceNumber === number).map(({ path }) => path)
  }

  async read(device: string, offset: number, bytes: number): Promise<string> {
    return readText(join(this.stateDir, 'devices', device.replace('/dev/', '')), offset, bytes)
  }

  async reboot(): Promise<void> {
    await writeFile(join(this.stateDir, 'reboot'), '')
    await this.#api.post(`/devcluster/nodes/${this.name}/reboot`, {})
  }

  async story(): Promise<string> {
    return `${this.name}: ${await readFile(join(this.stateDir, 'machine.json'), 'utf8')}`
  }

  async #read(): Promise<MachineFile> {
    return JSON.parse(await readFile(join(this.stateDir, 'machine.json'), 'utf8')) as MachineFile
  }
}

interface PodObject {
  metadata: { uid: string }
  spec: {
    nodeName: string
    containers: {
      volumeMounts?: { name: string; mountPath: string }[]
      volumeDevices?: { name: string; devicePath: string }[]
    }[]
    volumes: { name: string; persistentVolumeClaim?: { claimName: string } }[]
  }
}

/** Where a container would see them, in the folders of its node's kubelet: nothing runs that could be asked. */
export function simulatedPodFiles(
  api: KubeApi,
  kubeletDir: (node: string) => string,
  namespace: string,
  name: string,
): PodFiles {
  const locate = async (path: string): Promise<string> => {
    const { metadata, spec } = await api.get<PodObject>(`/api/v1/namespaces/${namespace}/pods/${name}`)
    const [container] = spec.containers
    const mount = container?.volumeMounts?.find(({ mountPath }) => path.startsWith(`${mountPath}/`))
    const device = container?.volumeDevices?.find(({ devicePath }) => devicePath === path)
    const volume = spec.volumes.find((one) => one.name === (mount ?? device)?.name)
    const claim = volume?.persistentVolumeClaim?.claimName
    if (!claim) throw new Error(`${path} is no path of a volume of pod ${name}`)
    const found = await api.get<{ spec: { volumeName: string } }>(
      `/api/v1/namespaces/${namespace}/persistentvolumeclaims/${claim}`,
    )
    const [dir, pv, uid] = [kubeletDir(spec.nodeName), found.spec.volumeName, metadata.uid]
    if (device) return join(dir, 'plugins/kubernetes.io/csi/volumeDevices/publish', pv, uid)
    return join(dir, 'pods', uid, 'volumes/kubernetes.io~csi', pv, 'mount', path.slice(mount!.mountPath.length + 1))
  }
  return {
    write: async (path, text) => writeFile(await locate(path), `${text}\n`),
    read: async (path) => (await readFile(await locate(path), 'utf8')).trimEnd(),
    writeAt: async (device, offset, text) => {
      const file = await open(await locate(device), 'r+')
      try {
        await file.write(text, offset)
        await file.sync()
      } finally {
        await file.close()
      }
    },
    readAt: async (device, offset, bytes) => readText(await locate(device), offset, bytes),
  }
}

async function readText(path: string, offset: number, bytes: number): Promise<string> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, offset)
    return buffer.toString('utf8', 0, bytesRead)
  } finally {
    await file.close()
  }
}
