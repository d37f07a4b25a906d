import type { KubeApi } from '../api/kube-api.ts'
import { CRDS, type CustomResourceDefinition, resourceKey, resourceOfCrd, servedVersion } from '../api/resources.ts'
import type { Log } from '../log.ts'
import { type Controller, KeyQueue } from './controller.ts'

const CLEANUP = 'customresourcecleanup.apiextensions.k8s.io'

/** Serves what CustomResourceDefinitions define, as soon as they are stored, and takes their objects away with them. */
export class CustomResources implements Controller {
  readonly #api: KubeApi
  readonly #queue: KeyQueue
  #stops: (() => void)[] = []

  constructor(api: KubeApi, log: Log) {
    this.#api = api
    this.#queue = new KeyQueue(log, (name) => this.#work(name))
  }

  start(): void {
    const custom = new Set<string>()
    this.#stops = [
      this.#api.watch<CustomResourceDefinition>(CRDS, ({ type, object }) => {
        const info = resourceOfCrd(object)
        if (type === 'DELETED') this.#api.resources.remove(resourceKey(info))
        else this.#api.resources.add(info)
        if (type === 'DELETED') custom.delete(resourceKey(info))
        else custom.add(resourceKey(info))
        this.#queue.add(object.metadata.name)
      }),
      this.#api.store.subscribeAll((resource, { type }) => {
        if (type === 'DELETED' && custom.has(resource)) this.#queue.add(resource)
      }),
    ]
  }

  stop(): Promise<void> {
    for (const stop of this.#stops) stop()
    return this.#queue.stop()
  }

  #work(name: string): void {
    const crd = this.#api.get<CustomResourceDefinition>(CRDS, undefined, name)
    if (!crd) return
    if (crd.metadata.deletionTimestamp) this.#remove(crd)
    else this.#establish(crd)
  }

  #establish(crd: CustomResourceDefinition): void {
    const { name } = crd.metadata
    const { finalizers = [] } = crd.metadata
    if (!finalizers.includes(CLEANUP))
      this.#api.patch(CRDS, undefined, name, { metadata: { finalizers: [...finalizers, CLEANUP] } })
    if (crd.status?.conditions?.some((c) => c.type === 'Established')) return
    const lastTransitionTime = this.#api.now()
    const conditions = [
      { type: 'NamesAccepted', reason: 'NoConflicts', message: 'no conflicts found' },
      { type: 'Established', reason: 'InitialNamesAccepted', message: 'the initial names have been accepted' },
    ].map((condition) => ({ ...condition, status: 'True', lastTransitionTime }))
    const { names } = crd.spec
    const status = { conditions, acceptedNames: names, storedVersions: [servedVersion(crd).name] }
    this.#api.patch(CRDS, undefined, name, { status }, 'status')
  }

  #remove(crd: CustomResourceDefinition): void {
    const { name, finalizers = [] } = crd.metadata
    if (!finalizers.includes(CLEANUP)) return
    for (const { metadata } of this.#api.list(name)) {
      if (!metadata.deletionTimestamp) this.#api.delete(name, metadata.namespace, metadata.name, {})
    }
    if (this.#api.list(name).length > 0) return
    this.#api.patch(CRDS, undefined, name, { metadata: { finalizers: finalizers.filter((f) => f !== CLEANUP) } })
  }
}
