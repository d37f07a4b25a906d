import {
  InvalidFieldError,
  isVolumeGroupName,
  type NodeLocalStorageInitConfig,
  type NodeLocalStorageSpec,
  type StorageBlocks,
} from '@open-local/shared'
import { compileSelection } from '@open-local/shared/selection'
import { matchesSelector } from './label-selector.ts'

/**
 * What a node should be given: the global blocks, replaced wholesale by each entry of nodesConfig whose selector
 * matches the node's labels; the last one wins. Source: reference/crds.md §4.
 */
export function resolveInitConfig(
  config: NodeLocalStorageInitConfig,
  nodeName: string,
  labels: Record<string, string>,
): NodeLocalStorageSpec {
  const matching = (config.spec?.nodesConfig ?? []).filter((entry, i) =>
    matchesSelector(entry.selector, labels, `spec.nodesConfig[${i}].selector`),
  )
  const blocks: StorageBlocks = matching.at(-1) ?? config.spec?.globalConfig ?? {}
  return {
    nodeName,
    ...(blocks.spdkConfig ? { spdkConfig: blocks.spdkConfig } : {}),
    ...(blocks.listConfig ? { listConfig: blocks.listConfig } : {}),
    ...(blocks.resourceToBeInited ? { resourceToBeInited: blocks.resourceToBeInited } : {}),
  }
}

/** Throws InvalidFieldError for the first thing in the config that no node could follow: field, value and fix. */
export function validateInitConfig(config: NodeLocalStorageInitConfig): void {
  const blocks: [string, StorageBlocks][] = [
    ['spec.globalConfig', config.spec?.globalConfig ?? {}],
    ...(config.spec?.nodesConfig ?? []).map((entry, i): [string, StorageBlocks] => [`spec.nodesConfig[${i}]`, entry]),
  ]
  for (const [field, { listConfig, resourceToBeInited }] of blocks) {
    for (const kind of ['vgs', 'mountPoints', 'devices'] as const)
      compileSelection(listConfig?.[kind], `${field}.listConfig.${kind}`)
    const seen = new Map<string, string>()
    for (const [i, group] of (resourceToBeInited?.vgs ?? []).entries()) {
      const at = `${field}.resourceToBeInited.vgs[${i}]`
      if (!isVolumeGroupName(group.name))
        throw new InvalidFieldError(
          `${at}.name`,
          `"${group.name}" is not a VolumeGroup name; use letters, digits and + _ . -`,
        )
      if (group.devices.length === 0) throw new InvalidFieldError(`${at}.devices`, 'is empty; name at least one device')
      for (const device of group.devices) {
        const other = seen.get(device)
        if (other)
          throw new InvalidFieldError(
            `${at}.devices`,
            `${device} is also in ${other}; a disk can serve one VolumeGroup only`,
          )
        seen.set(device, at)
      }
    }
  }
  for (const [i, entry] of (config.spec?.nodesConfig ?? []).entries())
    matchesSelector(entry.selector, {}, `spec.nodesConfig[${i}].selector`)
}
