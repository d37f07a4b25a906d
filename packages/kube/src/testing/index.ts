/** For unit tests only, ours and those of the apps. */

export { eventually } from './eventually.ts'
export { type FakeApiServer, type FakeApiServerOptions, startFakeApiServer } from './fake-api-server.ts'
export type { RecordedRequest } from './request.ts'
