import type { Json } from '../api/json.ts'
import type { KubeApi } from '../api/kube-api.ts'
import { StatusError } from '../api/status-error.ts'
import type { Log } from '../log.ts'
import type { NamespaceObject } from '../rules/pod.ts'
import { type Controller, KeyQueue } from './controller.ts'

const ROOT_CA = 'kube-root-ca.crt'

/** Gives each namespace its default account and the certificate to trust, and empties one that is being deleted. */
export class Namespaces implements Controller {
  readonly #api: KubeApi
  readonly #authorityPem: string
  readonly #queue: KeyQueue
  #unsubscribe = () => {}

  constructor(api: KubeApi, authorityPem: string, log: Log) {
    this.#api = api
    this.#authorityPem = authorityPem
    this.#queue = new KeyQueue(log, (name) => this.#work(name))
  }

  start(): void {
    for (const { metadata } of this.#api.list('namespaces')) this.#queue.add(metadata.name)
    this.#unsubscribe = this.#api.store.subscribeAll((resource, { type, object }) => {
      const { name, namespace } = object.metadata
      if (resource === 'namespaces') this.#queue.add(name)
      else if (type === 'DELETED' && namespace !== undefined) this.#queue.add(namespace)
    })
  }

  stop(): Promise<void> {
    this.#unsubscribe()
    return this.#queue.stop()
  }

  #work(name: string): void {
    const namespace = this.#api.get<NamespaceObject>('namespaces', undefined, name)
    if (!namespace) return
    if (namespace.metadata.deletionTimestamp) this.#empty(namespace)
    else this.#furnish(name)
  }

  #furnish(name: string): void {
    if (!this.#api.get('serviceaccounts', name, 'default'))
      this.#api.create('serviceaccounts', {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name: 'default', namespace: name },
      })
    const data = { 'ca.crt': this.#authorityPem }
    if (!this.#api.get('configmaps', name, ROOT_CA)) {
      const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: ROOT_CA, namespace: name }, data }
      this.#api.create('configmaps', map)
    } else this.#api.patch('configmaps', name, ROOT_CA, { data })
  }

  #empty(namespace: NamespaceObject): void {
    const { name } = namespace.metadata
    let left = 0
    // Pods first: a claim waits for the pods that use it.
    const order = (resource: string): number => (resource === 'pods' ? 0 : 1)
    for (const resource of this.#api.store.resources().sort((a, b) => order(a) - order(b))) {
      for (const { metadata } of this.#api.list(resource, { namespace: name })) {
        try {
          if (!metadata.deletionTimestamp)
            this.#api.delete(resource, name, metadata.name, { uid: metadata.uid, propagationPolicy: 'Background' })
          if (this.#api.get(resource, name, metadata.name)) left++
        } catch (error) {
          if (!(error instanceof StatusError && error.code === 404)) throw error
        }
      }
    }
    if (left > 0 || !namespace.spec?.finalizers?.length) return
    const info = this.#api.resources.find('namespaces')!
    const apply = (current: object) => ({ ...current, spec: { finalizers: [] } }) as unknown as Json
    this.#api.updateObject(
      info,
      undefined,
      name,
      apply,
      { user: 'system:devcluster', warn: () => {}, dryRun: false, fieldValidation: 'Ignore' },
      'finalize',
    )
  }
}
