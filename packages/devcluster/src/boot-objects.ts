import type { Json } from './api/json.ts'
import type { KubeApi } from './api/kube-api.ts'
import type { Draft, KubeObject } from './api/object.ts'
import { resourceKey } from './api/resources.ts'
import { bootstrapRbac } from './http/assets.ts'

const NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease']

/** Makes what every Kubernetes has from its first start: namespaces, roles, priority classes. Safe to repeat. */
export function ensureBootObjects(api: KubeApi): void {
  const ensure = (object: Draft): void => {
    const info = api.resources.findByKind(object.apiVersion, object.kind)
    if (!info) throw new Error(`${object.apiVersion} ${object.kind} is not served`)
    const { namespace, name = '' } = object.metadata
    const found = api.get(resourceKey(info), namespace, name)
    if (!found) api.create(resourceKey(info), object)
    // Roles follow the version; what people added to them goes, as it does in Kubernetes for rules that are missing.
    else if (object.kind.endsWith('Role'))
      api.patch(resourceKey(info), namespace, name, { rules: (object as unknown as Json).rules })
  }
  for (const name of NAMESPACES) ensure({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
  for (const object of bootstrapRbac()) ensure(object as Draft)
  for (const [name, value] of [
    ['system-cluster-critical', 2_000_000_000],
    ['system-node-critical', 2_000_001_000],
  ] as const) {
    ensure({ apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name }, value } as Draft<
      KubeObject & { value: number }
    >)
  }
}
