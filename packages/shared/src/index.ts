/**
 * What the apps and the browser share: names, resource types, quantities, class parameters, errors.
 * Nothing here touches Node. The dashboard's HTTP contracts are next door in `./api`; RE2 selection in `./selection`.
 */
export * from './errors.ts'
export * from './names.ts'
export * from './quantity.ts'
export * from './resources/descriptors.ts'
export * from './resources/metadata.ts'
export * from './resources/node-local-storage.ts'
export * from './resources/node-local-storage-init-config.ts'
export * from './resources/node-local-volume.ts'
export * from './storage-class.ts'
