/**
 * The gRPC edge that the control plane and the node agent share: a server on a unix socket, the one mapping between
 * our errors and gRPC's, volume locks, request checks, the kubelet's plugin registration, and a client.
 * What each CSI call does lives in the apps (`csi-controller/`, `csi-node/`); the messages live in `@open-local/proto`.
 */
export type { CallOutcome } from './call.ts'
export type { Capability, SupportedAccessMode } from './capability.ts'
export { parseCapabilities, parseCapability, supportedAccessModes } from './capability.ts'
export type { CallOptions, CsiClient } from './client.ts'
export { csiClient, socketClient } from './client.ts'
export type { Logger } from './logger.ts'
export type { RegistrationOptions, RegistrationResult, RegistrationServer } from './registration.ts'
export { serveRegistration } from './registration.ts'
export { requireAbsolutePath, requireName, requireSnapshotId, requireText, requireVolumeId } from './request-checks.ts'
export { loggable } from './request-log.ts'
export type { ServeOptions, SocketServer } from './serve-on-socket.ts'
export { serveOnSocket } from './serve-on-socket.ts'
export type { CallContext, Handlers, Service } from './service.ts'
export { service } from './service.ts'
export { VolumeLocks } from './volume-locks.ts'
