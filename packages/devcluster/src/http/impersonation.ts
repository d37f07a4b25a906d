import type { Rbac } from '../access/rbac.ts'
import type { User } from '../access/user.ts'
import { StatusError } from '../api/status-error.ts'
import type { Call } from './call.ts'

/** Whom the request is made as: `kubectl --as`, for those who may. 403 for others. */
export function impersonated(call: Call, user: User, rbac: Rbac): User {
  const name = call.header('impersonate-user')
  if (!name) return user
  const values = call.request.headers['impersonate-group'] as string | string[] | undefined
  const groups = [values ?? []].flat().flatMap((text) => text.split(', '))
  const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(name)
  const needed = [
    account ? { resource: 'serviceaccounts', namespace: account[1], name: account[2]! } : { resource: 'users', name },
    ...groups.map((group) => ({ resource: 'groups', name: group })),
  ]
  for (const attributes of needed) {
    if (rbac.authorize(user, { verb: 'impersonate', group: '', ...attributes }).allowed) continue
    const text = `${attributes.resource} "${attributes.name}" is forbidden: User "${user.name}" cannot impersonate resource "${attributes.resource}" in API group "" at the cluster scope`
    throw new StatusError(403, 'Forbidden', text)
  }
  const own = account ? ['system:serviceaccounts', `system:serviceaccounts:${account[1]}`] : []
  return { name, groups: [...groups, ...own, 'system:authenticated'] }
}
