import type { KubeObject } from './object.ts'

export interface SubresourceInfo {
  name: string
  kind: string
  group?: string
  version?: string
  verbs: string[]
}

/** A resource as discovery shows it. */
export interface ResourceInfo {
  /** Empty for the core group. */
  group: string
  version: string
  kind: string
  listKind?: string
  plural: string
  singular: string
  shortNames?: string[]
  categories?: string[]
  namespaced: boolean
  verbs: string[]
  subresources: SubresourceInfo[]
}

/** `pods`, `leases.coordination.k8s.io`: how stand-ins and the store name a resource. */
export function resourceKey(info: Pick<ResourceInfo, 'group' | 'plural'>): string {
  return info.group === '' ? info.plural : `${info.plural}.${info.group}`
}

export function groupVersionOf(info: Pick<ResourceInfo, 'group' | 'version'>): string {
  return info.group === '' ? info.version : `${info.group}/${info.version}`
}

export function hasSubresource(info: ResourceInfo, name: string): boolean {
  return info.subresources.some((sub) => sub.name === name)
}

/** Every resource that is served: the built-in ones, and those that CustomResourceDefinitions add and take away. */
export class Resources {
  readonly #byKey = new Map<string, ResourceInfo>()
  readonly #byPath = new Map<string, ResourceInfo>()
  readonly #builtIn: ReadonlySet<string>

  constructor(builtIn: readonly ResourceInfo[]) {
    for (const info of builtIn) this.#add(info)
    this.#builtIn = new Set(this.#byKey.keys())
  }

  add(info: ResourceInfo): void {
    this.remove(resourceKey(info))
    this.#add(info)
  }

  remove(key: string): void {
    const info = this.#byKey.get(key)
    if (!info || this.#builtIn.has(key)) return
    this.#byKey.delete(key)
    this.#byPath.delete(pathOf(info))
  }

  isBuiltIn(key: string): boolean {
    return this.#builtIn.has(key)
  }

  find(key: string): ResourceInfo | undefined {
    return this.#byKey.get(key)
  }

  findByPath(group: string, version: string, plural: string): ResourceInfo | undefined {
    return this.#byPath.get(`${group}/${version}/${plural}`)
  }

  findByKind(apiVersion: string, kind: string): ResourceInfo | undefined {
    for (const info of this.#byKey.values()) if (info.kind === kind && groupVersionOf(info) === apiVersion) return info
    return undefined
  }

  all(): ResourceInfo[] {
    return [...this.#byKey.values()]
  }

  #add(info: ResourceInfo): void {
    this.#byKey.set(resourceKey(info), info)
    this.#byPath.set(pathOf(info), info)
  }
}

function pathOf({ group, version, plural }: ResourceInfo): string {
  return `${group}/${version}/${plural}`
}

export interface CrdVersion {
  name: string
  served: boolean
  storage: boolean
  schema?: { openAPIV3Schema?: object }
  subresources?: { status?: object; scale?: { specReplicasPath: string; statusReplicasPath: string } }
  additionalPrinterColumns?: {
    name: string
    type: string
    format?: string
    description?: string
    priority?: number
    jsonPath: string
  }[]
  selectableFields?: { jsonPath: string }[]
}

export interface CustomResourceDefinition extends KubeObject {
  spec: {
    group: string
    scope: 'Namespaced' | 'Cluster'
    names: {
      plural: string
      singular?: string
      kind: string
      listKind?: string
      shortNames?: string[]
      categories?: string[]
    }
    versions: CrdVersion[]
    conversion?: { strategy: string }
    preserveUnknownFields?: boolean
  }
  status?: {
    conditions?: { type: string; status: string; reason?: string; message?: string; lastTransitionTime?: string }[]
    acceptedNames?: object
    storedVersions?: string[]
  }
}

export const CRDS = 'customresourcedefinitions.apiextensions.k8s.io'
const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']

/** The one version that is served: more than one is refused when the definition is written. */
export function servedVersion(crd: CustomResourceDefinition): CrdVersion {
  return crd.spec.versions.find((version) => version.served && version.storage)!
}

export function resourceOfCrd(crd: CustomResourceDefinition): ResourceInfo {
  const { group, names, scope } = crd.spec
  const version = servedVersion(crd)
  const status: SubresourceInfo = { name: 'status', kind: names.kind, verbs: ['get', 'patch', 'update'] }
  return {
    group,
    version: version.name,
    kind: names.kind,
    listKind: names.listKind ?? `${names.kind}List`,
    plural: names.plural,
    singular: names.singular ?? names.kind.toLowerCase(),
    shortNames: names.shortNames,
    categories: names.categories,
    namespaced: scope === 'Namespaced',
    verbs: VERBS,
    subresources: version.subresources?.status ? [status] : [],
  }
}
