import type { ResourceInfo, Resources } from '../api/resources.ts'
import { StatusError } from '../api/status-error.ts'
import type { Call } from './call.ts'

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'

function wantsAggregated(call: Call): boolean {
  return (call.header('accept') ?? '').includes('g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList')
}

interface GroupVersion {
  version: string
  resources: ResourceInfo[]
}

function groupsOf(resources: Resources): Map<string, GroupVersion[]> {
  const groups = new Map<string, GroupVersion[]>()
  for (const info of resources.all()) {
    const versions = groups.get(info.group) ?? []
    groups.set(info.group, versions)
    const version = versions.find((v) => v.version === info.version)
    if (version) version.resources.push(info)
    else versions.push({ version: info.version, resources: [info] })
  }
  return groups
}

/** Answers `/api`, `/apis` and what lies below, as far as it is about which resources there are; else false. */
export function routeDiscovery(resources: Resources, call: Call): boolean {
  const [, prefix, ...rest] = call.path.replace(/\/$/, '').split('/')
  if ((prefix !== 'api' && prefix !== 'apis') || call.method !== 'GET') return false
  const groups = groupsOf(resources)
  if (rest.length === 0 && wantsAggregated(call)) {
    const shown = [...groups].filter(([group]) => (prefix === 'api') === (group === ''))
    const items = shown.map(([group, versions]) => ({
      metadata: { name: group, creationTimestamp: null },
      versions: versions.map(aggregated),
    }))
    call.send(
      200,
      { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', metadata: {}, items },
      AGGREGATED,
    )
    return true
  }
  if (prefix === 'api') {
    if (rest.length === 0) call.send(200, { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] })
    else if (rest.length === 1 && rest[0] === 'v1') call.send(200, resourceList('v1', groups.get('')![0]!))
    else return false
    return true
  }
  if (rest.length === 0) {
    const named = [...groups].filter(([group]) => group !== '')
    call.send(200, {
      kind: 'APIGroupList',
      apiVersion: 'v1',
      groups: named.map(([group, versions]) => groupObject(group, versions)),
    })
    return true
  }
  const [group = '', version] = rest
  const versions = groups.get(group)
  if (rest.length > 2) return false
  if (!versions) throw new StatusError(404, 'NotFound', 'the server could not find the requested resource')
  if (version === undefined) {
    call.send(200, { kind: 'APIGroup', apiVersion: 'v1', ...groupObject(group, versions) })
    return true
  }
  const found = versions.find((v) => v.version === version)
  if (!found) throw new StatusError(404, 'NotFound', 'the server could not find the requested resource')
  call.send(200, resourceList(`${group}/${version}`, found))
  return true
}

function aggregated({ version, resources }: GroupVersion): object {
  return {
    version,
    freshness: 'Current',
    resources: resources.map((info) => ({
      resource: info.plural,
      responseKind: { group: info.group, version: info.version, kind: info.kind },
      scope: info.namespaced ? 'Namespaced' : 'Cluster',
      singularResource: info.singular,
      verbs: info.verbs,
      ...(info.shortNames?.length ? { shortNames: info.shortNames } : {}),
      ...(info.categories?.length ? { categories: info.categories } : {}),
      ...(info.subresources.length
        ? {
            subresources: info.subresources.map((sub) => ({
              subresource: sub.name,
              responseKind: { group: sub.group ?? info.group, version: sub.version ?? info.version, kind: sub.kind },
              verbs: sub.verbs,
            })),
          }
        : {}),
    })),
  }
}

function groupObject(group: string, versions: readonly GroupVersion[]): object {
  const shown = versions.map(({ version }) => ({ groupVersion: `${group}/${version}`, version }))
  return { name: group, versions: shown, preferredVersion: shown[0] }
}

function resourceList(groupVersion: string, { resources }: GroupVersion): object {
  const rows = resources.flatMap((info) => [
    {
      name: info.plural,
      singularName: info.singular,
      namespaced: info.namespaced,
      kind: info.kind,
      verbs: info.verbs,
      ...(info.shortNames?.length ? { shortNames: info.shortNames } : {}),
      ...(info.categories?.length ? { categories: info.categories } : {}),
    },
    ...info.subresources.map((sub) => ({
      name: `${info.plural}/${sub.name}`,
      singularName: '',
      namespaced: info.namespaced,
      ...(sub.group ? { group: sub.group } : {}),
      ...(sub.version ? { version: sub.version } : {}),
      kind: sub.kind,
      verbs: sub.verbs,
    })),
  ])
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources: rows }
}
