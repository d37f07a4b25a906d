import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ServiceError, status } from '@grpc/grpc-js'
import type { Api } from '../api/api.ts'
import { keyOf } from '../api/object.ts'
import { type Controller, KeyQueue } from '../controllers/controller.ts'
import { CLAIMS, SELECTED_NODE, STORAGE_PROVISIONER, VOLUMES } from '../controllers/volume-binder.ts'
import { errorText } from '../grpc-client.ts'
import type { Claim, CsiNode, Node, StorageClass, Volume } from '../kinds.ts'
import type { Log } from '../log.ts'
import { quantityOf, unitsOf } from '../quantity.ts'
import { CLASSES } from '../rules/storage.ts'
import { type CreatedVolume, type CreateVolumeRequest, CsiControllerClient, type Topology } from './csi-controller.ts'

export interface ProvisionerOptions {
  api: Api
  log: Log
  /** Of the CSI driver's controller service. */
  socket: string
  volumeNamePrefix?: string
  defaultFsType?: string
  timeoutMs?: number
  retryFirstMs?: number
}

const PROVISIONED_BY = 'pv.kubernetes.io/provisioned-by'
const FINALIZER = 'external-provisioner.volume.kubernetes.io/finalizer'
const FS_TYPE = 'csi.storage.k8s.io/fstype'
const IDENTITY = 'storage.kubernetes.io/csiProvisionerIdentity'
const LONGEST_RETRY_MS = 300_000
const PROBE_MS = 500

/** The driver has not said whether it made the volume, so it is asked again for the same node. */
const UNDECIDED = new Set<number>([status.CANCELLED, status.DEADLINE_EXCEEDED, status.UNAVAILABLE, status.ABORTED])

const accessModes: Record<string, number> = { ReadWriteOnce: 7, ReadWriteOncePod: 6, ReadOnlyMany: 3, ReadWriteMany: 5 }

/**
 * Makes and deletes volumes for claims by CSI, as the upstream external-provisioner does with `--strict-topology`,
 * `--immediate-topology=false` and `--extra-create-metadata`. It waits until the driver's socket answers.
 */
export class Provisioner implements Controller {
  readonly #options: Required<ProvisionerOptions>
  readonly #api: Api
  readonly #client: CsiControllerClient
  readonly #queue: KeyQueue
  readonly #retries = new Map<string, number>()
  /** Claims, by name, whose volume the driver may have made already: seen through even when they are deleted. */
  readonly #undecided = new Map<string, Claim>()
  #driver = ''
  #component = ''
  #identity = ''
  #stops: (() => void)[] = []
  #stopped = false

  constructor(options: ProvisionerOptions) {
    this.#options = { volumeNamePrefix: 'pvc', defaultFsType: 'ext4', timeoutMs: 60_000, retryFirstMs: 500, ...options }
    this.#api = options.api
    this.#client = new CsiControllerClient(options.socket, this.#options.timeoutMs)
    this.#queue = new KeyQueue(options.log, (key) => this.#work(key), 100)
  }

  start(): void {
    void this.#begin()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    for (const stop of this.#stops) stop()
    this.#client.close()
    await this.#queue.stop()
  }

  async #begin(): Promise<void> {
    while (!this.#stopped && this.#driver === '') {
      this.#driver = await this.#client.driverName().catch(() => '')
      if (this.#driver === '') await sleep(PROBE_MS)
    }
    if (this.#stopped) return
    this.#identity = `${Date.now()}-${process.pid % 10_000}-${this.#driver}`
    this.#component = `${this.#driver}_${hostname()}`
    this.#stops = [
      this.#api.watch<Claim>(CLAIMS, ({ object }) => this.#queue.add(`claim ${keyOf(object)}`)),
      this.#api.watch<Volume>(VOLUMES, ({ object }) => this.#queue.add(`volume ${object.metadata.name}`)),
    ]
  }

  async #work(key: string): Promise<void> {
    const [what, id = ''] = key.split(' ')
    const done = what === 'claim' ? await this.#syncClaim(id) : await this.#syncVolume(id)
    if (done || this.#stopped) return void this.#retries.delete(key)
    const retry = this.#retries.get(key) ?? 0
    this.#retries.set(key, retry + 1)
    this.#queue.addAfter(key, Math.min(this.#options.retryFirstMs * 2 ** retry, LONGEST_RETRY_MS))
  }

  /** True when there is nothing to do until something changes. */
  async #syncClaim(id: string): Promise<boolean> {
    const [namespace, name = ''] = id.split('/')
    const present = this.#api.get<Claim>(CLAIMS, namespace, name)
    const undecided = this.#undecided.get(id)
    const claim = undecided && undecided.metadata.uid !== present?.metadata.uid ? undecided : present
    if (!claim || claim.spec.volumeName || claim.metadata.annotations?.[STORAGE_PROVISIONER] !== this.#driver)
      return true
    if (claim.metadata.deletionTimestamp && !undecided) return true
    const storageClass = this.#api.get<StorageClass>(CLASSES, undefined, claim.spec.storageClassName ?? '')
    if (!storageClass || storageClass.provisioner !== this.#driver) return true
    const nodeName = claim.metadata.annotations[SELECTED_NODE]
    if (storageClass.volumeBindingMode === 'WaitForFirstConsumer' && !nodeName) return true
    const volumeName = `${this.#options.volumeNamePrefix}-${claim.metadata.uid}`
    if (this.#api.get(VOLUMES, undefined, volumeName)) return true
    const say = (type: 'Normal' | 'Warning', reason: string, message: string): void =>
      this.#api.event(claim, { type, reason, message, component: this.#component })
    say('Normal', 'Provisioning', `External provisioner is provisioning volume for claim "${namespace}/${name}"`)
    try {
      const request = this.#request(claim, storageClass, volumeName, nodeName)
      const created = await this.#client.createVolume(request)
      this.#createVolume(claim, storageClass, volumeName, created)
      say('Normal', 'ProvisioningSucceeded', `Successfully provisioned volume ${volumeName}`)
      return this.#decided(id, claim)
    } catch (error) {
      if (this.#stopped) return true
      const why = `failed to provision volume with StorageClass "${storageClass.metadata.name}": ${errorText(error)}`
      say('Warning', 'ProvisioningFailed', why)
      const { code } = error as Partial<ServiceError>
      if (code === undefined) return false
      if (UNDECIDED.has(code)) {
        this.#undecided.set(id, claim)
        return false
      }
      if (claim !== present) return this.#decided(id, claim)
      this.#undecided.delete(id)
      if (!nodeName || code !== status.RESOURCE_EXHAUSTED) return false
      // Gives the choice back to the scheduler; the claim comes again with another node.
      const metadata = { uid: claim.metadata.uid, annotations: { [SELECTED_NODE]: null } }
      this.#api.patch(CLAIMS, namespace, name, { metadata })
      return true
    }
  }

  /** That volume is done with. A claim made anew under the name has its turn now. */
  async #decided(id: string, { metadata }: Claim): Promise<boolean> {
    this.#undecided.delete(id)
    const [namespace, name = ''] = id.split('/')
    const present = this.#api.get<Claim>(CLAIMS, namespace, name)
    return !present || present.metadata.uid === metadata.uid || this.#syncClaim(id)
  }

  #request(
    claim: Claim,
    storageClass: StorageClass,
    volumeName: string,
    nodeName: string | undefined,
  ): CreateVolumeRequest {
    const { metadata, spec } = claim
    const { [FS_TYPE]: fsType = this.#options.defaultFsType, ...rest } = storageClass.parameters ?? {}
    const own = Object.entries(rest).filter(([key]) => !key.startsWith('csi.storage.k8s.io/'))
    const block = spec.volumeMode === 'Block'
    const topology = nodeName ? this.#topologyOf(nodeName) : undefined
    return {
      name: volumeName,
      capacity_range: { required_bytes: String(unitsOf(spec.resources?.requests?.storage)) },
      volume_capabilities: (spec.accessModes ?? []).map((mode) => ({
        access_mode: { mode: accessModes[mode] ?? 0 },
        ...(block ? { block: {} } : { mount: { fs_type: fsType, mount_flags: storageClass.mountOptions ?? [] } }),
      })),
      parameters: {
        ...Object.fromEntries(own),
        'csi.storage.k8s.io/pvc/name': metadata.name,
        'csi.storage.k8s.io/pvc/namespace': metadata.namespace!,
        'csi.storage.k8s.io/pv/name': volumeName,
      },
      ...(topology ? { accessibility_requirements: { requisite: [topology], preferred: [topology] } } : {}),
    }
  }

  /** Of the node that the scheduler chose, by the keys that the driver named there. */
  #topologyOf(nodeName: string): Topology {
    const keys = this.#api
      .get<CsiNode>('csinodes.storage.k8s.io', undefined, nodeName)
      ?.spec.drivers.find((driver) => driver.name === this.#driver)?.topologyKeys
    const labels = this.#api.get<Node>('nodes', undefined, nodeName)?.metadata.labels ?? {}
    if (!keys?.length)
      throw new Error(`error generating accessibility requirements: no topology key found on CSINode ${nodeName}`)
    return { segments: Object.fromEntries(keys.map((key) => [key, labels[key] ?? ''])) }
  }

  #createVolume(claim: Claim, storageClass: StorageClass, name: string, created: CreatedVolume): void {
    const { metadata, spec } = claim
    const terms = created.accessible_topology.map(({ segments }) => ({
      matchExpressions: Object.entries(segments).map(([key, value]) => ({
        key,
        operator: 'In' as const,
        values: [value],
      })),
    }))
    const fsType = storageClass.parameters?.[FS_TYPE] ?? this.#options.defaultFsType
    this.#api.create<Volume>(VOLUMES, {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: {
        name,
        annotations: {
          [PROVISIONED_BY]: this.#driver,
          'volume.kubernetes.io/provisioner-deletion-secret-name': '',
          'volume.kubernetes.io/provisioner-deletion-secret-namespace': '',
        },
        finalizers: [FINALIZER],
      },
      spec: {
        capacity: { storage: quantityOf(BigInt(created.capacity_bytes) || unitsOf(spec.resources?.requests?.storage)) },
        accessModes: spec.accessModes ?? [],
        volumeMode: spec.volumeMode,
        persistentVolumeReclaimPolicy: storageClass.reclaimPolicy ?? 'Delete',
        storageClassName: storageClass.metadata.name,
        ...(storageClass.mountOptions ? { mountOptions: storageClass.mountOptions } : {}),
        claimRef: {
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          namespace: metadata.namespace,
          name: metadata.name,
          uid: metadata.uid,
          resourceVersion: metadata.resourceVersion,
        },
        csi: {
          driver: this.#driver,
          volumeHandle: created.volume_id,
          ...(spec.volumeMode === 'Block' ? {} : { fsType }),
          volumeAttributes: { ...created.volume_context, [IDENTITY]: this.#identity },
        },
        ...(terms.length > 0 ? { nodeAffinity: { required: { nodeSelectorTerms: terms } } } : {}),
      },
    })
  }

  /** Deletes what was released by policy, or deleted by hand, and only then lets the object go. */
  async #syncVolume(name: string): Promise<boolean> {
    const volume = this.#api.get<Volume>(VOLUMES, undefined, name)
    if (!volume || volume.metadata.annotations?.[PROVISIONED_BY] !== this.#driver) return true
    const { metadata, spec } = volume
    const released = volume.status?.phase === 'Released' || volume.status?.phase === 'Failed'
    const finalizers = metadata.finalizers?.filter((finalizer) => finalizer !== FINALIZER) ?? []
    const release = (): unknown =>
      this.#api.patch(VOLUMES, undefined, name, { metadata: { uid: metadata.uid, finalizers } })
    if (spec.persistentVolumeReclaimPolicy !== 'Delete') {
      if (metadata.finalizers?.includes(FINALIZER)) release()
      return true
    }
    if (!released) return true
    try {
      await this.#client.deleteVolume(spec.csi!.volumeHandle)
    } catch (error) {
      if (this.#stopped) return true
      this.#api.event(volume, {
        type: 'Warning',
        reason: 'VolumeFailedDelete',
        message: errorText(error),
        component: this.#component,
      })
      return false
    }
    if (!metadata.deletionTimestamp) this.#api.delete(VOLUMES, undefined, name, { uid: metadata.uid })
    if (this.#api.get(VOLUMES, undefined, name)) release()
    return true
  }
}
