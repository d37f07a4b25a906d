import { readFileSync } from 'node:fs'
import { brotliDecompressSync } from 'node:zlib'
import type { KubeObject } from '../api/object.ts'
import type { ResourceInfo } from '../api/resources.ts'
import type { OpenApiSchema, SchemaSource } from '../schema/open-api.ts'
import type { ProtobufTable } from './protobuf.ts'

/** What generate/ took from a real API server, read when it is first wanted. */

function asset(name: string): string {
  const bytes = readFileSync(new URL(`../../assets/${name}`, import.meta.url))
  return (name.endsWith('.br') ? brotliDecompressSync(bytes) : bytes).toString()
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

interface Document {
  hash: string
  document: { components: { schemas: Record<string, OpenApiSchema> } }
}

const documents = once(() => JSON.parse(asset('openapi.json.br')) as Record<string, Document>)

export const builtInResources = JSON.parse(asset('resources.json')) as ResourceInfo[]
export const bootstrapRbac = once(() => JSON.parse(asset('bootstrap-rbac.json.br')) as KubeObject[])
export const protobufTable = once(() => JSON.parse(asset('protobuf-table.json')) as ProtobufTable)

/** `api/v1`, `apis/apps/v1`… with the hash of each document. */
export function openApiIndex(): Record<string, { hash: string }> {
  return documents()
}

export function openApiDocument(path: string): string | undefined {
  const found = documents()[path]
  return found && JSON.stringify(found.document)
}

const REF = '#/components/schemas/'
const sources = new Map<string, SchemaSource | undefined>()

/** The schema of a built-in kind, with the way to the schemas that it refers to. */
export function builtInSchema(apiVersion: string, kind: string): SchemaSource | undefined {
  const key = `${apiVersion} ${kind}`
  if (!sources.has(key)) sources.set(key, find(apiVersion, kind))
  return sources.get(key)
}

function find(apiVersion: string, kind: string): SchemaSource | undefined {
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion]
  const schemas = documents()[group === '' ? `api/${version}` : `apis/${group}/${version}`]?.document.components.schemas
  const schema = Object.values(schemas ?? {}).find((candidate) =>
    candidate['x-kubernetes-group-version-kind']?.some(
      (g) => g.group === group && g.version === version && g.kind === kind,
    ),
  )
  return schema && { schema, resolve: (ref) => schemas?.[ref.slice(REF.length)] ?? {} }
}
