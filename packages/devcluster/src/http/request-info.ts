export interface ResourceRequest {
  verb: 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection'
  group: string
  version: string
  resource: string
  namespace?: string
  name?: string
  subresource?: string
}

const verbs: Record<string, [one: ResourceRequest['verb'], many: ResourceRequest['verb'] | undefined]> = {
  GET: ['get', 'list'],
  HEAD: ['get', 'list'],
  POST: ['create', 'create'],
  PUT: ['update', undefined],
  PATCH: ['patch', undefined],
  DELETE: ['delete', 'deletecollection'],
}

/** What a request asks for by the paths of the Kubernetes API; undefined for paths that are no resource. */
export function resourceRequest(method: string, path: string, query: URLSearchParams): ResourceRequest | undefined {
  const parts = path.split('/').slice(1).map(decodeURIComponent)
  const [prefix] = parts
  const start = prefix === 'api' ? 2 : 3
  if ((prefix !== 'api' && prefix !== 'apis') || parts.length <= start || parts[start] === '') return undefined
  const [group, version] = prefix === 'api' ? ['', parts[1]!] : [parts[1]!, parts[2]!]
  let rest = parts.slice(start)
  let namespace: string | undefined
  // `namespaces/x`, `…/status` and `…/finalize` are the namespace itself; anything else after it lies in it.
  if (rest[0] === 'namespaces' && rest.length > 2 && !(group === '' && ['status', 'finalize'].includes(rest[2]!))) {
    namespace = rest[1]
    rest = rest.slice(2)
  }
  const [resource = '', name, subresource, ...more] = rest
  if (more.length > 0)
    return { verb: 'get', group, version, resource, namespace, name, subresource: [subresource, ...more].join('/') }
  const [one, many] = verbs[method] ?? []
  const single = verbs[method] && name ? one : many
  const isWatch = query.get('watch') === 'true' || query.get('watch') === '1'
  const verb = single === 'list' && isWatch ? 'watch' : single
  return verb && { verb, group, version, resource, namespace, name: name || undefined, subresource }
}
