/** For unit tests only, ours and those of the apps. */
export * from './fake-api-server.ts'
