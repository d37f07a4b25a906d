import type { Api } from '../api/api.ts'
import { keyOf } from '../api/object.ts'
import { matchesLabels } from '../api/selectors.ts'
import type { Claim, ObjectReference, Pod, StorageClass, Volume } from '../kinds.ts'
import type { Log } from '../log.ts'
import { unitsOf } from '../quantity.ts'
import { CLASSES, defaultClass } from '../rules/storage.ts'
import { type Controller, KeyQueue } from './controller.ts'

export const CLAIMS = 'persistentvolumeclaims'
export const VOLUMES = 'persistentvolumes'
export const SELECTED_NODE = 'volume.kubernetes.io/selected-node'
export const STORAGE_PROVISIONER = 'volume.kubernetes.io/storage-provisioner'
const BETA_STORAGE_PROVISIONER = 'volume.beta.kubernetes.io/storage-provisioner'
const BIND_COMPLETED = 'pv.kubernetes.io/bind-completed'
const BOUND_BY_CONTROLLER = 'pv.kubernetes.io/bound-by-controller'
const NO_PROVISIONER = 'kubernetes.io/no-provisioner'
const COMPONENT = 'persistentvolume-controller'

/** Brings claims and volumes together, as kube-controller-manager does. */
export class VolumeBinder implements Controller {
  readonly #api: Api
  readonly #queue: KeyQueue
  /** Claims that wait for a volume, and so for any change of volumes, classes or pods. */
  readonly #pending = new Set<string>()
  #stops: (() => void)[] = []

  constructor(api: Api, log: Log) {
    this.#api = api
    this.#queue = new KeyQueue(log, (key) => this.#work(key))
  }

  start(): void {
    const retryPending = (): void => {
      for (const key of this.#pending) this.#queue.add(`claim ${key}`)
    }
    this.#stops = [
      this.#api.watch<Claim>(CLAIMS, ({ object }) => {
        this.#queue.add(`claim ${keyOf(object)}`)
        if (object.spec.volumeName) this.#queue.add(`volume ${object.spec.volumeName}`)
      }),
      this.#api.watch<Volume>(VOLUMES, ({ type, object }) => {
        this.#queue.add(`volume ${object.metadata.name}`)
        const { claimRef } = object.spec
        if (claimRef) this.#queue.add(`claim ${claimRef.namespace}/${claimRef.name}`)
        else if (type !== 'DELETED' && object.status?.phase === 'Available') retryPending()
      }),
      this.#api.watch<StorageClass>(CLASSES, retryPending),
    ]
  }

  stop(): Promise<void> {
    for (const stop of this.#stops) stop()
    return this.#queue.stop()
  }

  #work(key: string): void {
    const [what, id = ''] = key.split(' ')
    if (what === 'volume') {
      const volume = this.#api.get<Volume>(VOLUMES, undefined, id)
      if (volume) this.#syncVolume(volume)
      return
    }
    const [namespace, name = ''] = id.split('/')
    const claim = this.#api.get<Claim>(CLAIMS, namespace, name)
    const bound = !claim || claim.metadata.annotations?.[BIND_COMPLETED] !== undefined
    if (bound) this.#pending.delete(id)
    else this.#pending.add(id)
    if (!claim) return
    if (bound) this.#syncBoundClaim(claim)
    else this.#syncUnboundClaim(claim)
  }

  #syncBoundClaim(claim: Claim): void {
    const volume = claim.spec.volumeName ? this.#volume(claim.spec.volumeName) : undefined
    if (volume && (volume.spec.claimRef?.uid ?? claim.metadata.uid) === claim.metadata.uid) this.#bind(claim, volume)
    else if (claim.status?.phase !== 'Lost') {
      this.#patchClaim(claim, { status: { phase: 'Lost' } }, 'status')
      if (volume)
        this.#warn(claim, 'ClaimMisbound', 'Two claims are bound to the same volume, this one is bound incorrectly')
      else this.#warn(claim, 'ClaimLost', 'Bound claim has lost its PersistentVolume. Any data on the volume is lost!')
    }
  }

  #syncUnboundClaim(claim: Claim): void {
    const { spec, metadata } = claim
    const volume = spec.volumeName ? this.#volume(spec.volumeName) : this.#findVolume(claim)
    if (volume && (!volume.spec.claimRef || refersTo(volume.spec.claimRef, claim))) this.#bind(claim, volume)
    else if (!spec.volumeName && !metadata.deletionTimestamp) this.#askForVolume(claim)
  }

  /** Says who is to make a volume for a claim that no volume fits, or why nobody will. */
  #askForVolume(claim: Claim): void {
    const { storageClassName: className } = claim.spec
    const fallback = className === undefined && defaultClass((resource) => this.#api.list(resource))
    if (fallback) {
      this.#patchClaim(claim, { spec: { storageClassName: fallback.metadata.name } })
      return
    }
    const storageClass = this.#classOf(claim)
    if (className && !storageClass) {
      this.#warn(claim, 'ProvisioningFailed', `storageclass.storage.k8s.io "${className}" not found`)
    } else if (storageClass && waitsForPod(storageClass, claim)) this.#sayWaiting(claim)
    else if (!storageClass || storageClass.provisioner === NO_PROVISIONER)
      this.#say(claim, 'FailedBinding', 'no persistent volumes available for this claim and no storage class is set')
    else this.#askProvisioner(claim, storageClass.provisioner)
  }

  #askProvisioner(claim: Claim, provisioner: string): void {
    const annotations = { [STORAGE_PROVISIONER]: provisioner, [BETA_STORAGE_PROVISIONER]: provisioner }
    if (claim.metadata.annotations?.[STORAGE_PROVISIONER] !== provisioner)
      this.#patchClaim(claim, { metadata: { annotations } })
    this.#say(
      claim,
      'ExternalProvisioning',
      `Waiting for a volume to be created either by the external provisioner '${provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`,
    )
  }

  #sayWaiting(claim: Claim): void {
    const { namespace, name } = claim.metadata
    const pods = this.#api
      .list<Pod>('pods', { namespace })
      .filter((pod) => pod.spec.volumes?.some((v) => v.persistentVolumeClaim?.claimName === name))
      .map((pod) => pod.metadata.name)
    const message =
      pods.length > 0
        ? `waiting for pod ${pods.join(', ')} to be scheduled`
        : 'waiting for first consumer to be created before binding'
    this.#say(claim, pods.length > 0 ? 'WaitForPodScheduled' : 'WaitForFirstConsumer', message)
  }

  /** One that was made for this claim, else the smallest that fits, unless only the scheduler may choose. */
  #findVolume(claim: Claim): Volume | undefined {
    const storageClass = this.#classOf(claim)
    const onlyMeant = storageClass !== undefined && waitsForPod(storageClass, claim)
    const volumes = this.#api.list<Volume>(VOLUMES).filter((volume) => !volume.metadata.deletionTimestamp)
    const meant = volumes.find((volume) => volume.spec.claimRef && refersTo(volume.spec.claimRef, claim))
    if (meant || onlyMeant) return meant && fits(meant, claim) ? meant : undefined
    const free = volumes.filter((v) => !v.spec.claimRef && v.status?.phase === 'Available' && fits(v, claim))
    const size = (volume: Volume): bigint => unitsOf(volume.spec.capacity.storage)
    return free.sort((a, b) => (size(a) < size(b) ? -1 : 1))[0]
  }

  /** Four writes, each of which may be the one that is still missing after a restart. */
  #bind(claim: Claim, volume: Volume): void {
    const { namespace, name, uid, resourceVersion } = claim.metadata
    if (!volume.spec.claimRef?.uid) {
      const claimRef = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid, resourceVersion }
      const annotations = volume.spec.claimRef ? {} : { [BOUND_BY_CONTROLLER]: 'yes' }
      this.#api.patch(VOLUMES, undefined, volume.metadata.name, { metadata: { annotations }, spec: { claimRef } })
    }
    this.#api.patch(VOLUMES, undefined, volume.metadata.name, { status: { phase: 'Bound' } }, 'status')
    const annotations = { [BIND_COMPLETED]: 'yes', ...(claim.spec.volumeName ? {} : { [BOUND_BY_CONTROLLER]: 'yes' }) }
    this.#patchClaim(claim, { metadata: { annotations }, spec: { volumeName: volume.metadata.name } })
    const grown = claim.status?.capacity && claim.status.phase === 'Bound'
    const { accessModes, capacity } = volume.spec
    this.#patchClaim(claim, { status: { phase: 'Bound', accessModes, ...(grown ? {} : { capacity }) } }, 'status')
  }

  #syncVolume(volume: Volume): void {
    const { claimRef } = volume.spec
    const { name } = volume.metadata
    const setPhase = (phase: string): unknown =>
      this.#api.patch(VOLUMES, undefined, name, { status: { phase } }, 'status')
    if (!claimRef) return void setPhase('Available')
    const claim = this.#api.get<Claim>(CLAIMS, claimRef.namespace, claimRef.name ?? '')
    if (!claimRef.uid) return void (claim ? undefined : setPhase('Available'))
    if (claim?.metadata.uid === claimRef.uid) {
      if (claim.spec.volumeName === name) setPhase('Bound')
      return
    }
    if (volume.status?.phase === 'Failed') return
    setPhase('Released')
    const provisioned = volume.metadata.annotations?.['pv.kubernetes.io/provisioned-by']
    if (volume.spec.persistentVolumeReclaimPolicy !== 'Delete' || provisioned) return
    const message = 'error getting deleter volume plugin for volume: no volume plugin matched'
    this.#api.patch(VOLUMES, undefined, name, { status: { phase: 'Failed', message } }, 'status')
    this.#api.event(volume, { type: 'Warning', reason: 'VolumeFailedDelete', message, component: COMPONENT })
  }

  #classOf({ spec }: Claim): StorageClass | undefined {
    return spec.storageClassName ? this.#api.get<StorageClass>(CLASSES, undefined, spec.storageClassName) : undefined
  }

  #say(claim: Claim, reason: string, message: string): void {
    this.#api.event(claim, { type: 'Normal', reason, message, component: COMPONENT })
  }

  #warn(claim: Claim, reason: string, message: string): void {
    this.#api.event(claim, { type: 'Warning', reason, message, component: COMPONENT })
  }

  #volume(name: string): Volume | undefined {
    return this.#api.get<Volume>(VOLUMES, undefined, name)
  }

  #patchClaim({ metadata }: Claim, patch: object, subresource?: 'status'): void {
    this.#api.patch(CLAIMS, metadata.namespace, metadata.name, patch, subresource)
  }
}

function waitsForPod({ volumeBindingMode }: StorageClass, { metadata }: Claim): boolean {
  return volumeBindingMode === 'WaitForFirstConsumer' && !metadata.annotations?.[SELECTED_NODE]
}

function refersTo(ref: ObjectReference, { metadata }: Claim): boolean {
  return ref.namespace === metadata.namespace && ref.name === metadata.name && (!ref.uid || ref.uid === metadata.uid)
}

/** Whether a volume is what a claim asks for: class, mode, access, size and labels. */
export function fits(volume: Volume, claim: Claim): boolean {
  const { spec } = volume
  const { accessModes = [], resources, selector, storageClassName = '', volumeMode = 'Filesystem' } = claim.spec
  return (
    (spec.storageClassName ?? '') === storageClassName &&
    (spec.volumeMode ?? 'Filesystem') === volumeMode &&
    accessModes.every((mode) => spec.accessModes.includes(mode)) &&
    unitsOf(spec.capacity.storage) >= unitsOf(resources?.requests?.storage) &&
    (!selector || matchesLabels(selector, volume.metadata.labels))
  )
}
