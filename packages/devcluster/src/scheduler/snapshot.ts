import type { Node, Pod } from '../kinds.ts'
import { type Amounts, add, amountsOf, claimKeysOf, type HostPort, hostPortsOf, requestsOf } from './pod-needs.ts'

/** One node with what is on it, assumed pods included. */
export interface NodeInfo {
  name: string
  node: Node
  allocatable: Amounts
  pods: Map<string, Pod>
  requested: Amounts
  /** As `requested`, with the scoring defaults for what is not asked. */
  usual: Amounts
  ports: HostPort[]
}

interface Placed {
  pod: Pod
  nodeName: string
  /** The API does not show it there yet. */
  assumed: boolean
}

/**
 * What the scheduler believes of nodes and of the pods on them, kept up change by change. A pod that was assumed counts
 * on its node until the API shows it there or it is forgotten. Pods may come before their node.
 */
export class Snapshot {
  readonly #infos = new Map<string, Omit<NodeInfo, 'node'> & { node?: Node }>()
  readonly #placed = new Map<string, Placed>()
  readonly #claimUsers = new Map<string, number>()
  #list: NodeInfo[] | undefined

  /** Nodes in the order they came. The array is not changed afterwards. */
  nodes(): NodeInfo[] {
    this.#list ??= [...this.#infos.values()].filter((info): info is NodeInfo => info.node !== undefined)
    return this.#list
  }

  find(name: string): NodeInfo | undefined {
    const info = this.#infos.get(name)
    return info?.node && (info as NodeInfo)
  }

  setNode(node: Node): void {
    const info = this.#infoOf(node.metadata.name)
    if (!info.node) this.#list = undefined
    info.allocatable = amountsOf(node.status?.allocatable ?? node.status?.capacity)
    info.node = node
  }

  removeNode(name: string): void {
    this.#list = undefined
    // Another record: who still works with the list of before finds the node as it was.
    this.#infos.set(name, { ...this.#infoOf(name), node: undefined })
    this.#tidy(name)
  }

  assume(pod: Pod, nodeName: string): void {
    this.#place({ pod, nodeName, assumed: true })
  }

  forget(uid: string): void {
    if (this.isAssumed(uid)) this.removePod(uid)
  }

  isAssumed(uid: string): boolean {
    return this.#placed.get(uid)?.assumed === true
  }

  /** The API shows this pod on its node. */
  setPod(pod: Pod): void {
    this.#place({ pod, nodeName: pod.spec.nodeName!, assumed: false })
  }

  removePod(uid: string): void {
    const placed = this.#placed.get(uid)
    if (!placed) return
    this.#placed.delete(uid)
    this.#infoOf(placed.nodeName).pods.delete(uid)
    this.#count(placed, -1)
    this.#tidy(placed.nodeName)
  }

  /** Whether a pod that has a node names this claim (`namespace/name`). */
  isClaimUsed(claimKey: string): boolean {
    return (this.#claimUsers.get(claimKey) ?? 0) > 0
  }

  #place(placed: Placed): void {
    const { uid } = placed.pod.metadata
    this.removePod(uid)
    this.#placed.set(uid, placed)
    this.#infoOf(placed.nodeName).pods.set(uid, placed.pod)
    this.#count(placed, 1)
  }

  #count({ pod, nodeName }: Placed, times: 1 | -1): void {
    const info = this.#infoOf(nodeName)
    add(info.requested, requestsOf(pod), BigInt(times))
    add(info.usual, requestsOf(pod, true), BigInt(times))
    info.ports = [...info.pods.values()].flatMap(hostPortsOf)
    for (const key of claimKeysOf(pod)) {
      const users = (this.#claimUsers.get(key) ?? 0) + times
      if (users === 0) this.#claimUsers.delete(key)
      else this.#claimUsers.set(key, users)
    }
  }

  #tidy(name: string): void {
    const info = this.#infos.get(name)
    if (info && !info.node && info.pods.size === 0) this.#infos.delete(name)
  }

  #infoOf(name: string): Omit<NodeInfo, 'node'> & { node?: Node } {
    let info = this.#infos.get(name)
    if (!info) {
      info = { name, allocatable: new Map(), pods: new Map(), requested: new Map(), usual: new Map(), ports: [] }
      this.#infos.set(name, info)
    }
    return info
  }
}
