import type { Api } from '../api/api.ts'
import type { KubeObject } from '../api/object.ts'
import { matchesLabels } from '../api/selectors.ts'
import type { LabelSelector } from '../kinds.ts'
import { ADMIN_GROUP, type User } from './user.ts'

export interface ResourceAttributes {
  verb: string
  group: string
  resource: string
  subresource?: string
  namespace?: string
  name?: string
}
export interface PathAttributes {
  verb: string
  path: string
}
export type Attributes = ResourceAttributes | PathAttributes

export interface PolicyRule {
  verbs: string[]
  apiGroups?: string[]
  resources?: string[]
  resourceNames?: string[]
  nonResourceURLs?: string[]
}
interface Role extends KubeObject {
  rules?: PolicyRule[] | null
  aggregationRule?: { clusterRoleSelectors?: LabelSelector[] }
}
interface Binding extends KubeObject {
  roleRef: { kind: string; name: string }
  subjects?: { kind: string; name: string; namespace?: string }[]
}

const GROUP = 'rbac.authorization.k8s.io'

export interface Decision {
  allowed: boolean
  reason: string
}

/** Role-based access control: what a user may do is what the roles bound to it and to its groups say. */
export class Rbac {
  readonly #api: Api

  constructor(api: Api) {
    this.#api = api
  }

  authorize(user: User, attributes: Attributes): Decision {
    if (user.groups.includes(ADMIN_GROUP)) return { allowed: true, reason: '' }
    const namespace = 'path' in attributes ? undefined : attributes.namespace
    for (const { rule, reason } of this.#rules(user, namespace)) {
      if (covers(rule, attributes)) return { allowed: true, reason }
    }
    return { allowed: false, reason: '' }
  }

  /** Every rule that holds for a user in a namespace. */
  rulesOf(user: User, namespace: string): PolicyRule[] {
    if (user.groups.includes(ADMIN_GROUP))
      return [
        { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
        { verbs: ['*'], nonResourceURLs: ['*'] },
      ]
    return [...this.#rules(user, namespace)].map(({ rule }) => rule)
  }

  *#rules(user: User, namespace: string | undefined): Iterable<{ rule: PolicyRule; reason: string }> {
    const clusterBindings = this.#api.list<Binding>(`clusterrolebindings.${GROUP}`)
    const bindings = namespace ? this.#api.list<Binding>(`rolebindings.${GROUP}`, { namespace }) : []
    for (const binding of [...clusterBindings, ...bindings]) {
      const subject = binding.subjects?.find((s) => isSubject(s, user, binding.metadata.namespace))
      if (!subject) continue
      const { kind, name } = binding.roleRef
      const what = `${binding.kind} "${binding.metadata.namespace ? `${name}/${binding.metadata.namespace}` : binding.metadata.name}"`
      const who = subject.kind === 'ServiceAccount' ? `${subject.name}/${subject.namespace}` : subject.name
      const reason = `RBAC: allowed by ${what} of ${kind} "${name}" to ${subject.kind} "${who}"`
      for (const rule of this.#rulesOfRole(kind, name, binding.metadata.namespace)) yield { rule, reason }
    }
  }

  #rulesOfRole(kind: string, name: string, namespace: string | undefined): PolicyRule[] {
    if (kind === 'Role') return this.#api.get<Role>(`roles.${GROUP}`, namespace, name)?.rules ?? []
    const role = this.#api.get<Role>(`clusterroles.${GROUP}`, undefined, name)
    const selectors = role?.aggregationRule?.clusterRoleSelectors
    if (!selectors) return role?.rules ?? []
    return this.#api
      .list<Role>(`clusterroles.${GROUP}`)
      .filter((other) => other !== role && selectors.some((s) => matchesLabels(s, other.metadata.labels)))
      .flatMap((other) => this.#rulesOfRole('ClusterRole', other.metadata.name, undefined))
  }
}

function isSubject(subject: { kind: string; name: string; namespace?: string }, user: User, within?: string): boolean {
  if (subject.kind === 'Group') return user.groups.includes(subject.name)
  if (subject.kind === 'User') return user.name === subject.name
  return user.name === `system:serviceaccount:${subject.namespace ?? within}:${subject.name}`
}

function covers(rule: PolicyRule, attributes: Attributes): boolean {
  if (!has(rule.verbs, attributes.verb)) return false
  if ('path' in attributes) {
    return (rule.nonResourceURLs ?? []).some(
      (url) => url === attributes.path || (url.endsWith('*') && attributes.path.startsWith(url.slice(0, -1))),
    )
  }
  const { group, resource, subresource, name = '' } = attributes
  const full = subresource ? `${resource}/${subresource}` : resource
  const resources = rule.resources ?? []
  return (
    has(rule.apiGroups, group) &&
    (has(resources, full) || (subresource !== undefined && resources.includes(`*/${subresource}`))) &&
    (!rule.resourceNames?.length || rule.resourceNames.includes(name))
  )
}

function has(list: readonly string[] | undefined, value: string): boolean {
  return list !== undefined && (list.includes('*') || list.includes(value))
}
