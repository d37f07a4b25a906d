/** The dashboard's HTTP contracts, read by the server (validation, OpenAPI) and the browser (types). */
export * from './history.ts'
export * from './nodes.ts'
export * from './overview.ts'
export * from './parts.ts'
export * from './route.ts'
export * from './stream.ts'
export * from './volumes.ts'
