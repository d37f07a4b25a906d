import type { Cluster } from '../../harness/cluster.ts'
import type { VmNode } from '../../harness/vm-node.ts'

/** A process of ours that a scenario may kill with -9 and start again. */
export interface Killable {
  /** SIGKILL; resolves when it is gone. It stays dead until `start`. */
  kill(): Promise<void>
  /** Resolves when it answers again. Safe to repeat. */
  start(): Promise<void>
}

/** The whole of it: a real cluster with our chart, control plane, provisioner and agents running. */
export interface System {
  cluster: Cluster
  agent(node: VmNode): Killable
  controlPlane: Killable
  /** The ends of every log of ours. */
  logs(): Promise<string>
}
