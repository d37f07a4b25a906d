import { createHash } from 'node:crypto'
import type { KubeApi } from '../api/kube-api.ts'
import { CRDS, type CustomResourceDefinition, resourceOfCrd, servedVersion } from '../api/resources.ts'
import { StatusError } from '../api/status-error.ts'
import { openApiDocument, openApiIndex } from './assets.ts'
import type { Call } from './call.ts'

/** Answers `/openapi/v3` and the documents below it. `/openapi/v2` is not there: kubectl does without. */
export function routeOpenApi(api: KubeApi, call: Call): boolean {
  if (call.path === '/openapi/v3') {
    const paths: Record<string, { serverRelativeURL: string }> = {}
    for (const [path, { hash }] of Object.entries(openApiIndex()))
      paths[path] = { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` }
    for (const [path, text] of customDocuments(api)) {
      const hash = createHash('sha256').update(text).digest('hex').slice(0, 32).toUpperCase()
      paths[path] = { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` }
    }
    call.send(200, { paths })
    return true
  }
  if (!call.path.startsWith('/openapi/v3/')) return false
  const path = call.path.slice('/openapi/v3/'.length)
  const document = openApiDocument(path) ?? customDocuments(api).get(path)
  if (document === undefined) throw new StatusError(404, 'NotFound', 'the server could not find the requested resource')
  call.send(200, document)
  return true
}

/** A document for each group and version of custom resources. */
function customDocuments(api: KubeApi): Map<string, string> {
  const groups = new Map<string, CustomResourceDefinition[]>()
  for (const crd of api.list<CustomResourceDefinition>(CRDS)) {
    const path = `apis/${crd.spec.group}/${servedVersion(crd).name}`
    groups.set(path, [...(groups.get(path) ?? []), crd])
  }
  return new Map([...groups].map(([path, crds]) => [path, JSON.stringify(customDocument(path, crds))]))
}

function customDocument(path: string, crds: readonly CustomResourceDefinition[]): object {
  const schemas: Record<string, object> = {}
  const paths: Record<string, object> = {}
  for (const crd of crds) {
    const { group, version, kind, plural, namespaced } = resourceOfCrd(crd)
    const gvk = { group, version, kind }
    const name = `${group.split('.').reverse().join('.')}.${version}.${kind}`
    const schema = (servedVersion(crd).schema?.openAPIV3Schema ?? {}) as { properties?: object }
    schemas[name] = {
      type: 'object',
      ...schema,
      properties: {
        ...schema.properties,
        apiVersion: { type: 'string', description: 'The version of the schema of this object.' },
        kind: { type: 'string', description: 'What this object stands for.' },
        metadata: {
          type: 'object',
          description: 'Name, namespace, labels, annotations and what the API server keeps.',
        },
      },
      'x-kubernetes-group-version-kind': [gvk],
    }
    const ref = { 'application/json': { schema: { $ref: `#/components/schemas/${name}` } } }
    const query = (names: readonly string[]) =>
      names.map((parameter) => ({ name: parameter, in: 'query', schema: { type: 'string', uniqueItems: true } }))
    const writes = query(['dryRun', 'fieldManager', 'fieldValidation'])
    const operation = (action: string, more: object) => ({
      'x-kubernetes-action': action,
      'x-kubernetes-group-version-kind': gvk,
      responses: { 200: { description: 'OK', content: ref } },
      ...more,
    })
    const base = `/${path}${namespaced ? '/namespaces/{namespace}' : ''}/${plural}`
    paths[base] = {
      get: operation('list', {}),
      post: operation('post', { parameters: writes, requestBody: { content: ref } }),
    }
    paths[`${base}/{name}`] = {
      get: operation('get', {}),
      put: operation('put', { parameters: writes, requestBody: { content: ref } }),
      patch: operation('patch', { parameters: [...writes, ...query(['force'])] }),
      delete: operation('delete', {}),
    }
  }
  return { openapi: '3.0.0', info: { title: 'devcluster', version: 'v1' }, paths, components: { schemas } }
}
