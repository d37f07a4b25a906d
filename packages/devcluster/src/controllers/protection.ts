import type { Api } from '../api/api.ts'
import { keyOf } from '../api/object.ts'
import type { Claim, Pod, Volume } from '../kinds.ts'
import type { Log } from '../log.ts'
import { CLAIM_PROTECTION, VOLUME_PROTECTION } from '../rules/storage.ts'
import { type Controller, KeyQueue } from './controller.ts'

/** Lets go of a deleted claim once no pod on a node uses it, and of a deleted volume once it is not bound. */
export class Protection implements Controller {
  readonly #api: Api
  readonly #queue: KeyQueue
  readonly #users = new Map<string, Set<string>>()
  readonly #claimsOf = new Map<string, string[]>()
  #stops: (() => void)[] = []

  constructor(api: Api, log: Log) {
    this.#api = api
    this.#queue = new KeyQueue(log, (key) => this.#work(key))
  }

  start(): void {
    this.#stops = [
      this.#api.watch<Pod>('pods', ({ type, object }) => this.#see(object, type === 'DELETED')),
      this.#api.watch<Claim>('persistentvolumeclaims', ({ object }) => {
        if (object.metadata.deletionTimestamp) this.#queue.add(`claim ${keyOf(object)}`)
      }),
      this.#api.watch<Volume>('persistentvolumes', ({ object }) => {
        if (object.metadata.deletionTimestamp) this.#queue.add(`volume ${object.metadata.name}`)
      }),
    ]
  }

  stop(): Promise<void> {
    for (const stop of this.#stops) stop()
    return this.#queue.stop()
  }

  #see(pod: Pod, gone: boolean): void {
    const { uid, namespace, name } = pod.metadata
    const finished = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
    const uses = !gone && !finished && pod.spec.nodeName !== undefined
    const claims = (pod.spec.volumes ?? []).flatMap(({ name: volume, persistentVolumeClaim, ephemeral }) => {
      const claim = persistentVolumeClaim?.claimName ?? (ephemeral && `${name}-${volume}`)
      return claim === undefined ? [] : [`${namespace}/${claim}`]
    })
    for (const claim of new Set([...claims, ...(this.#claimsOf.get(uid) ?? [])])) {
      const users = this.#users.get(claim) ?? new Set()
      if (uses) users.add(uid)
      else if (users.delete(uid)) this.#queue.add(`claim ${claim}`)
      if (users.size > 0) this.#users.set(claim, users)
      else this.#users.delete(claim)
    }
    if (uses) this.#claimsOf.set(uid, claims)
    else this.#claimsOf.delete(uid)
  }

  #work(key: string): void {
    const [what, id = ''] = key.split(' ')
    if (what === 'volume') {
      const volume = this.#api.get<Volume>('persistentvolumes', undefined, id)
      if (volume?.status?.phase !== 'Bound') this.#release('persistentvolumes', volume, VOLUME_PROTECTION)
      return
    }
    const [namespace, name = ''] = id.split('/')
    const claim = this.#api.get<Claim>('persistentvolumeclaims', namespace, name)
    if (!this.#users.has(id)) this.#release('persistentvolumeclaims', claim, CLAIM_PROTECTION)
  }

  #release(resource: string, object: Claim | Volume | undefined, finalizer: string): void {
    const { finalizers, deletionTimestamp, namespace, name = '', uid } = object?.metadata ?? {}
    if (!deletionTimestamp || !finalizers?.includes(finalizer)) return
    const rest = finalizers.filter((other) => other !== finalizer)
    this.#api.patch(resource, namespace, name, { metadata: { uid, finalizers: rest } })
  }
}
