import type { Api, Change } from '../api/api.ts'
import type { Pod } from '../kinds.ts'

/** One watch of all pods, for the kubelets of all nodes. */
export class PodsByNode {
  readonly #api: Api
  readonly #listeners = new Map<string, (change: Change<Pod>) => void>()
  readonly #pods = new Map<string, Map<string, Pod>>()

  constructor(api: Api) {
    this.#api = api
  }

  start(): () => void {
    return this.#api.watch<Pod>('pods', (change) => {
      const { object } = change
      const { nodeName } = object.spec
      if (!nodeName) return
      const pods = this.#pods.get(nodeName) ?? new Map<string, Pod>()
      this.#pods.set(nodeName, pods)
      if (change.type === 'DELETED') pods.delete(object.metadata.uid)
      else pods.set(object.metadata.uid, object)
      this.#listeners.get(nodeName)?.(change)
    })
  }

  of(nodeName: string): Pod[] {
    return [...(this.#pods.get(nodeName)?.values() ?? [])]
  }

  find(nodeName: string, uid: string): Pod | undefined {
    return this.#pods.get(nodeName)?.get(uid)
  }

  listen(nodeName: string, listener: (change: Change<Pod>) => void): () => void {
    this.#listeners.set(nodeName, listener)
    return () => this.#listeners.delete(nodeName)
  }
}
