import type { GROUP, VERSION } from '../names.ts'
import type { Condition, ObjectMeta } from './metadata.ts'
import type { StorageBlocks } from './node-local-storage.ts'

/** What nodes should be given. Cluster-scoped; the controller follows the one named by its flag. */
export interface NodeLocalStorageInitConfig {
  apiVersion: `${typeof GROUP}/${typeof VERSION}`
  kind: 'NodeLocalStorageInitConfig'
  metadata: ObjectMeta
  spec?: {
    globalConfig?: StorageBlocks
    /** In order; each matching entry replaces all three blocks, so the last match wins. */
    nodesConfig?: (StorageBlocks & { selector?: LabelSelector })[]
  }
  /** Ours. */
  status?: { observedGeneration?: number; conditions?: Condition[] }
}

export interface LabelSelector {
  matchLabels?: Record<string, string>
  matchExpressions?: { key: string; operator: string; values?: string[] }[]
}
