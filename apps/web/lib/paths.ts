/** The API's paths, as plain strings: importing the contracts would put their schemas in the browser's bundle. */
export const paths = {
  overview: '/api/v1/overview',
  nodes: '/api/v1/nodes',
  node: '/api/v1/nodes/:name',
  volumes: '/api/v1/volumes',
  volume: '/api/v1/volumes/:namespace/:claim',
  history: '/api/v1/history',
  stream: '/api/v1/stream',
} as const
