import { createHash } from 'node:crypto'
import { mkdir, rm, rmdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Api } from '../api/api.ts'
import { errorText } from '../grpc-client.ts'
import type { Claim, CsiDriver, Pod, PodVolume, Volume } from '../kinds.ts'
import type { Driver, Plugins } from './plugins.ts'
import { type VolumeRecord, VolumeState } from './volume-state.ts'

const STAGE_UNSTAGE = 1
const MULTI_WRITER = 5

/** Access modes for drivers that tell single writers apart, and for those that do not. */
const fineModes: Record<string, number> = { ReadWriteOnce: 7, ReadWriteOncePod: 6, ReadOnlyMany: 3, ReadWriteMany: 5 }
const plainModes: Record<string, number> = { ...fineModes, ReadWriteOnce: 1, ReadWriteOncePod: 1 }

/** Something that keeps a pod from starting, as the kubelet words it in a FailedMount event. */
export class MountError extends Error {}

/** Stages volumes once for the node and publishes them for each pod, and takes them down when nobody uses them. */
export class Volumes {
  readonly #api: Api
  readonly #dir: string
  readonly #plugins: Plugins
  readonly #state: VolumeState
  readonly #busy = new Map<string, Promise<unknown>>()

  constructor(api: Api, dir: string, plugins: Plugins) {
    this.#api = api
    this.#dir = dir
    this.#plugins = plugins
    this.#state = new VolumeState(join(dir, 'volumes.json'))
  }

  /** Uids of the pods that have something published here, which may be gone already. */
  users(): Set<string> {
    return new Set([...this.#state.volumes.values()].flatMap(({ published }) => Object.keys(published)))
  }

  /** Nothing is mounted after a reboot: all that pods need is set up again. */
  forgetMounts(): void {
    for (const record of this.#state.volumes.values()) record.staged = false
    this.#state.save()
  }

  /** Makes every CSI volume of a pod visible in it. Throws MountError; safe to repeat. */
  async setUp(pod: Pod): Promise<void> {
    for (const source of pod.spec.volumes ?? []) {
      const volume = this.#volumeOf(pod, source)
      if (volume?.spec.csi) await this.#exclusive(volume.spec.csi.volumeHandle, () => this.#setUpOne(pod, volume))
    }
  }

  /** Takes a pod's volumes from it, and off the node when no other pod has them. Throws MountError; safe to repeat. */
  async tearDown(podUid: string): Promise<void> {
    for (const record of [...this.#state.volumes.values()]) {
      if (record.published[podUid] !== undefined)
        await this.#exclusive(record.handle, () => this.#tearDownOne(podUid, record))
    }
    await rm(join(this.#dir, 'pods', podUid), { recursive: true, force: true })
  }

  /** Where a pod sees a volume of this claim; undefined while it does not. */
  pathOf(podUid: string, pv: string): string | undefined {
    return [...this.#state.volumes.values()].find((record) => record.pv === pv)?.published[podUid]
  }

  #volumeOf(pod: Pod, source: PodVolume): Volume | undefined {
    const { namespace, name } = pod.metadata
    if (source.csi)
      throw new MountError(
        `MountVolume.NewMounter initialization failed for volume "${source.name}" : inline CSI volumes are not done by this simulated cluster`,
      )
    const claimName = source.persistentVolumeClaim?.claimName ?? (source.ephemeral && `${name}-${source.name}`)
    if (!claimName) return undefined
    const claim = this.#api.get<Claim>('persistentvolumeclaims', namespace, claimName)
    if (!claim)
      throw new MountError(
        `Unable to attach or mount volumes: error processing PVC ${namespace}/${claimName}: failed to fetch PVC from API server: persistentvolumeclaims "${claimName}" not found`,
      )
    if (claim.status?.phase !== 'Bound' || !claim.spec.volumeName)
      throw new MountError(
        `Unable to attach or mount volumes: error processing PVC ${namespace}/${claimName}: PVC is not bound`,
      )
    return this.#api.get<Volume>('persistentvolumes', undefined, claim.spec.volumeName)
  }

  async #setUpOne(pod: Pod, volume: Volume): Promise<void> {
    const { driver: driverName, volumeHandle: handle, fsType, readOnly, volumeAttributes = {} } = volume.spec.csi!
    const block = volume.spec.volumeMode === 'Block'
    const [stage, publish] = block
      ? ['MapVolume.SetUpDevice', 'MapVolume.MapPodDevice']
      : ['MountVolume.MountDevice', 'MountVolume.SetUp']
    const pv = volume.metadata.name
    const driver = this.#driver(driverName, `${stage} failed for volume "${pv}"`)
    const modes = driver.capabilities.has(MULTI_WRITER) ? fineModes : plainModes
    const capability = {
      access_mode: { mode: modes[volume.spec.accessModes[0] ?? ''] ?? 0 },
      ...(block ? { block: {} } : { mount: { fs_type: fsType ?? '', mount_flags: volume.spec.mountOptions ?? [] } }),
    }
    const record = this.#state.volumes.get(handle) ?? {
      driver: driverName,
      handle,
      pv,
      block,
      staged: false,
      published: {},
    }
    const staging = driver.capabilities.has(STAGE_UNSTAGE) ? this.#stagingPath(record) : ''
    // Before the driver is asked for anything: whatever comes of it, it is taken down with the pod.
    const target = this.#targetPath(record, pod.metadata.uid)
    record.published[pod.metadata.uid] = target
    this.#state.volumes.set(handle, record)
    this.#state.save()
    if (staging !== '' && !record.staged) {
      await mkdir(staging, { recursive: true })
      await this.#call(`${stage} failed for volume "${pv}"`, driver, 'NodeStageVolume', {
        volume_id: handle,
        staging_target_path: staging,
        volume_capability: capability,
        volume_context: volumeAttributes,
      })
      record.staged = true
      this.#state.save()
    }
    await mkdir(dirname(target), { recursive: true })
    await this.#call(`${publish} failed for volume "${pv}"`, driver, 'NodePublishVolume', {
      volume_id: handle,
      staging_target_path: staging,
      target_path: target,
      volume_capability: capability,
      readonly: readOnly ?? false,
      volume_context: { ...volumeAttributes, ...this.#podInfo(pod, driverName) },
    })
  }

  async #tearDownOne(podUid: string, record: VolumeRecord): Promise<void> {
    const what = `${record.block ? 'UnmapVolume' : 'UnmountVolume'}.TearDown failed for volume "${record.pv}"`
    const driver = this.#driver(record.driver, what)
    const target = record.published[podUid]!
    await this.#call(what, driver, 'NodeUnpublishVolume', { volume_id: record.handle, target_path: target })
    delete record.published[podUid]
    await rmdir(target).catch(() => {})
    await rmdir(dirname(target)).catch(() => {})
    if (Object.keys(record.published).length === 0) {
      const staging = this.#stagingPath(record)
      if (driver.capabilities.has(STAGE_UNSTAGE))
        await this.#call(what, driver, 'NodeUnstageVolume', { volume_id: record.handle, staging_target_path: staging })
      await rmdir(staging).catch(() => {})
      await rmdir(dirname(staging)).catch(() => {})
      this.#state.volumes.delete(record.handle)
    }
    this.#state.save()
  }

  #driver(name: string, what: string): Driver {
    const driver = this.#plugins.find(name)
    if (!driver)
      throw new MountError(
        `${what} : kubernetes.io/csi: driver name ${name} not found in the list of registered CSI drivers`,
      )
    return driver
  }

  #podInfo(pod: Pod, driver: string): Record<string, string> {
    const { spec } = this.#api.get<CsiDriver>('csidrivers.storage.k8s.io', undefined, driver) ?? {}
    if (!spec?.podInfoOnMount) return {}
    const { name, namespace = '', uid } = pod.metadata
    const prefix = 'csi.storage.k8s.io'
    return {
      [`${prefix}/pod.name`]: name,
      [`${prefix}/pod.namespace`]: namespace,
      [`${prefix}/pod.uid`]: uid,
      [`${prefix}/serviceAccount.name`]: pod.spec.serviceAccountName ?? '',
      [`${prefix}/ephemeral`]: 'false',
    }
  }

  #stagingPath({ driver, handle, pv, block }: VolumeRecord): string {
    const csi = join(this.#dir, 'plugins/kubernetes.io/csi')
    if (block) return join(csi, 'volumeDevices/staging', pv)
    return join(csi, driver, createHash('sha256').update(handle).digest('hex'), 'globalmount')
  }

  #targetPath({ pv, block }: VolumeRecord, podUid: string): string {
    if (block) return join(this.#dir, 'plugins/kubernetes.io/csi/volumeDevices/publish', pv, podUid)
    return join(this.#dir, 'pods', podUid, 'volumes/kubernetes.io~csi', pv, 'mount')
  }

  async #call(what: string, driver: Driver, method: string, request: object): Promise<void> {
    try {
      await driver.client.call(method, request)
    } catch (error) {
      throw new MountError(`${what} : ${errorText(error)}`)
    }
  }

  /** One call at a time for a volume. */
  async #exclusive<T>(handle: string, work: () => Promise<T>): Promise<T> {
    const before = this.#busy.get(handle)
    const mine = (async () => {
      await before?.catch(() => {})
      return work()
    })()
    this.#busy.set(handle, mine)
    try {
      return await mine
    } finally {
      if (this.#busy.get(handle) === mine) this.#busy.delete(handle)
    }
  }
}
