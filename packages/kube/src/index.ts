/**
 * The Kubernetes API for both apps: client, reflector, work queue, events, leader election. Only Node's own http, so
 * that the node agent stays small; kubeconfigs with plug-ins are next door in `./config`, the fake server for tests in
 * `./testing`.
 */
export { type BackoffOptions, backoffMs, sleep } from './backoff.ts'
export * from './client.ts'
export type { ConnectionOptions } from './connection.ts'
export * from './error.ts'
export * from './event-recorder.ts'
export { connectionFromKubeconfigFile, inClusterConnection } from './kubeconfig.ts'
export * from './leader-elector.ts'
export * from './log.ts'
export * from './patch.ts'
export * from './reflector.ts'
export * from './resource.ts'
export * from './resources.ts'
export * from './store.ts'
export type { HttpAnswer, Query } from './transport.ts'
export * from './types/access.ts'
export * from './types/coordination.ts'
export * from './types/core.ts'
export * from './types/storage.ts'
export type { WatchEvent } from './watch.ts'
export * from './work-queue.ts'
