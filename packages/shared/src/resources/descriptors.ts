import { GROUP, VERSION } from '../names.ts'

/** Enough to address a kind of object over the Kubernetes API. */
export const nodeLocalStorages = {
  group: GROUP,
  version: VERSION,
  plural: 'nodelocalstorages',
  kind: 'NodeLocalStorage',
  namespaced: false,
} as const

export const nodeLocalStorageInitConfigs = {
  group: GROUP,
  version: VERSION,
  plural: 'nodelocalstorageinitconfigs',
  kind: 'NodeLocalStorageInitConfig',
  namespaced: false,
} as const

export const nodeLocalVolumes = {
  group: GROUP,
  version: VERSION,
  plural: 'nodelocalvolumes',
  kind: 'NodeLocalVolume',
  namespaced: false,
} as const
