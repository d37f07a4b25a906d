/**
 * Writes assets/ anew from a real API server, which it starts out of a folder with etcd, kube-apiserver and kubectl:
 * `tsx packages/devcluster/generate/dump.ts ~/.cache/open-local/kubernetes-…`. What is taken: the resources of the
 * table below as discovery shows them, their OpenAPI v3 documents, and the roles that Kubernetes makes at its first
 * start.
 */
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { ResourceInfo, SubresourceInfo } from '../src/api/resources.ts'
import { compress } from './compress.ts'
import { type RealApiServer, startRealApiServer } from './real-api-server.ts'

/** Group and version → the resources that the devcluster serves. */
const served: Record<string, readonly string[]> = {
  'api/v1': [
    ...[
      'namespaces',
      'nodes',
      'pods',
      'persistentvolumes',
      'persistentvolumeclaims',
      'events',
      'secrets',
      'configmaps',
    ],
    ...['serviceaccounts', 'services', 'endpoints', 'replicationcontrollers', 'limitranges', 'resourcequotas'],
  ],
  'apis/apps/v1': ['deployments', 'replicasets', 'statefulsets', 'daemonsets', 'controllerrevisions'],
  'apis/batch/v1': ['jobs', 'cronjobs'],
  'apis/storage.k8s.io/v1': [
    ...['storageclasses', 'csidrivers', 'csinodes', 'csistoragecapacities', 'volumeattachments'],
    'volumeattributesclasses',
  ],
  'apis/coordination.k8s.io/v1': ['leases'],
  'apis/events.k8s.io/v1': ['events'],
  'apis/rbac.authorization.k8s.io/v1': ['roles', 'rolebindings', 'clusterroles', 'clusterrolebindings'],
  'apis/authentication.k8s.io/v1': ['tokenreviews', 'selfsubjectreviews'],
  'apis/authorization.k8s.io/v1': [
    ...['subjectaccessreviews', 'selfsubjectaccessreviews', 'selfsubjectrulesreviews', 'localsubjectaccessreviews'],
  ],
  'apis/apiextensions.k8s.io/v1': ['customresourcedefinitions'],
  'apis/apiregistration.k8s.io/v1': ['apiservices'],
  'apis/admissionregistration.k8s.io/v1': [
    ...['validatingadmissionpolicies', 'validatingadmissionpolicybindings'],
    ...['validatingwebhookconfigurations', 'mutatingwebhookconfigurations'],
  ],
  'apis/policy/v1': ['poddisruptionbudgets'],
  'apis/scheduling.k8s.io/v1': ['priorityclasses'],
  'apis/networking.k8s.io/v1': ['networkpolicies', 'ingresses', 'ingressclasses'],
  'apis/autoscaling/v2': ['horizontalpodautoscalers'],
  'apis/discovery.k8s.io/v1': ['endpointslices'],
  'apis/node.k8s.io/v1': ['runtimeclasses'],
}
/** Any other subresource runs containers or proxies to them. */
const subresources = ['status', 'scale', 'binding', 'eviction', 'token', 'finalize']

interface ApiResource {
  name: string
  singularName: string
  namespaced: boolean
  kind: string
  group?: string
  version?: string
  verbs: string[]
  shortNames?: string[]
  categories?: string[]
}

function resourcesOf(path: string, { resources }: { resources: ApiResource[] }): ResourceInfo[] {
  const [, group, version] = path === 'api/v1' ? ['', '', 'v1'] : path.split('/')
  return served[path]!.map((plural) => {
    const found = resources.find(({ name }) => name === plural)
    if (!found) throw new Error(`${path} has no ${plural}`)
    const subs = resources.flatMap((sub): SubresourceInfo[] => {
      const name = sub.name.startsWith(`${plural}/`) ? sub.name.slice(plural.length + 1) : ''
      if (!subresources.includes(name)) return []
      const { kind, verbs } = sub
      return [{ name, kind, ...(sub.group ? { group: sub.group, version: sub.version } : {}), verbs }]
    })
    const { kind, singularName, namespaced, verbs, shortNames, categories } = found
    return {
      ...{ group: group ?? '', version: version ?? '', kind, plural, singular: singularName || kind.toLowerCase() },
      ...{ ...(shortNames ? { shortNames } : {}), ...(categories ? { categories } : {}) },
      ...{ namespaced, verbs, subresources: subs },
    }
  })
}

interface Document {
  paths: Record<string, Record<string, Operation | unknown>>
  components: { schemas: Record<string, object> }
  [other: string]: unknown
}
interface Operation {
  parameters?: { name: string; in: string }[]
  requestBody?: object
  responses?: object
  'x-kubernetes-group-version-kind'?: object
}

/** What kubectl looks at: schemas, and which parameters and kinds the operations have. */
function slim(path: string, document: Document): Document {
  const paths: Document['paths'] = {}
  for (const [url, operations] of Object.entries(document.paths)) {
    const plural = url
      .slice(`/${path}/`.length)
      .replace(/^namespaces\/\{namespace\}\//, '')
      .split('/')[0]!
    if (url.includes('/watch/') || !served[path]!.includes(plural)) continue
    const rest = url.split(`/${plural}`).at(-1)!.split('/').at(-1)!
    if (!['', '{name}', ...subresources].includes(rest)) continue
    paths[url] = {}
    for (const [method, operation] of Object.entries(operations)) {
      if (!['get', 'post', 'put', 'patch', 'delete'].includes(method)) continue
      const { parameters = [], 'x-kubernetes-group-version-kind': gvk, ...more } = operation as Operation
      paths[url][method] = {
        ...('x-kubernetes-action' in more ? { 'x-kubernetes-action': more['x-kubernetes-action'] } : {}),
        ...(gvk ? { 'x-kubernetes-group-version-kind': gvk } : {}),
        parameters: parameters
          .filter(({ name }) => ['fieldValidation', 'dryRun', 'fieldManager', 'force'].includes(name))
          .map(({ name }) => ({ name, in: 'query', schema: { type: 'string', uniqueItems: true } })),
        responses: { 200: { description: 'OK' } },
      }
    }
  }
  return { ...document, paths }
}

const assets = (name: string): string => fileURLToPath(new URL(`../assets/${name}`, import.meta.url))

interface Named {
  metadata: { name: string; namespace?: string; labels?: Record<string, string>; annotations?: Record<string, string> }
}

function dump({ get }: RealApiServer): void {
  const resources = Object.keys(served).flatMap((path) => resourcesOf(path, get(`/${path}`)))
  writeFileSync(assets('resources.json'), `${JSON.stringify(resources)}\n`)

  const documents: Record<string, { hash: string; document: Document }> = {}
  for (const path of Object.keys(served)) {
    const document = slim(path, get<Document>(`/openapi/v3/${path}`))
    const hash = createHash('sha256').update(JSON.stringify(document)).digest('hex').slice(0, 32).toUpperCase()
    documents[path] = { hash, document }
  }
  writeFileSync(assets('openapi.json.br'), compress(documents))

  const roles = ['clusterroles', 'clusterrolebindings', 'roles', 'rolebindings'].flatMap((plural) => {
    const { items, apiVersion, kind } = get<{ items: Named[]; apiVersion: string; kind: string }>(
      `/apis/rbac.authorization.k8s.io/v1/${plural}?labelSelector=${encodeURIComponent('kubernetes.io/bootstrapping=rbac-defaults')}`,
    )
    return items.map(({ metadata: { name, namespace, labels, annotations }, ...rest }) => ({
      apiVersion,
      kind: kind.replace(/List$/, ''),
      metadata: { name, namespace, labels, annotations },
      ...rest,
      // The controller that adds them up runs here too.
      ...('aggregationRule' in rest ? { rules: [] } : {}),
    }))
  })
  writeFileSync(assets('bootstrap-rbac.json.br'), compress(roles))
}

const [binaries] = process.argv.slice(2)
if (!binaries) throw new Error('give the folder of etcd, kube-apiserver and kubectl')
const server = await startRealApiServer(binaries)
try {
  dump(server)
} finally {
  await server.stop()
}
