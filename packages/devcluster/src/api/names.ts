import { invalid, required, tooLong } from './field-error.ts'
import type { ObjectMeta } from './object.ts'
import type { StatusCause } from './status-error.ts'

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
const QUALIFIED = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/

const LABEL_TEXT =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
const SUBDOMAIN_TEXT =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
const QUALIFIED_TEXT =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
const VALUE_TEXT =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"

/** What a name of this resource must look like. RBAC names may hold almost anything that a path can. */
export function nameCauses(name: string, resource: string, field = 'metadata.name'): StatusCause[] {
  if (name === '') return [required(field, 'name or generateName is required')]
  if (resource.endsWith('.rbac.authorization.k8s.io')) {
    return /[/%]|^\.{1,2}$/.test(name) ? [invalid(field, name, "may not contain '/' or '%'")] : []
  }
  if (resource === 'namespaces' || resource === 'services') {
    if (name.length > 63) return [invalid(field, name, 'must be no more than 63 bytes')]
    return LABEL.test(name) ? [] : [invalid(field, name, LABEL_TEXT)]
  }
  return subdomainCauses(name, field)
}

export function subdomainCauses(name: string, field: string): StatusCause[] {
  if (name.length > 253) return [invalid(field, name, 'must be no more than 253 bytes')]
  return SUBDOMAIN.test(name) ? [] : [invalid(field, name, SUBDOMAIN_TEXT)]
}

export function labelCauses(name: string, field: string): StatusCause[] {
  if (name.length > 63) return [invalid(field, name, 'must be no more than 63 bytes')]
  return LABEL.test(name) ? [] : [invalid(field, name, LABEL_TEXT)]
}

function qualifiedNameCauses(key: string, field: string): StatusCause[] {
  const slash = key.lastIndexOf('/')
  const name = key.slice(slash + 1)
  if (name === '') return [invalid(field, key, 'name part must be non-empty')]
  if (name.length > 63) return [invalid(field, key, 'name part must be no more than 63 bytes')]
  if (!QUALIFIED.test(name)) return [invalid(field, key, QUALIFIED_TEXT)]
  if (slash >= 0 && !SUBDOMAIN.test(key.slice(0, slash).toLowerCase()))
    return [invalid(field, key, `prefix part ${SUBDOMAIN_TEXT}`)]
  return []
}

/** Labels, by the rules for the labels of any object. */
export function labelsCauses(labels: Record<string, unknown> | undefined, field: string): StatusCause[] {
  return Object.entries(labels ?? {}).flatMap(([key, value]) => {
    const causes = qualifiedNameCauses(key, field)
    if (typeof value !== 'string') return [...causes, invalid(field, value, 'must be a string')]
    if (value.length > 63) return [...causes, invalid(field, value, 'must be no more than 63 bytes')]
    return value === '' || QUALIFIED.test(value) ? causes : [...causes, invalid(field, value, VALUE_TEXT)]
  })
}

const MOST_ANNOTATION_BYTES = 256 * 1024

export function metadataCauses(meta: ObjectMeta, resource: string): StatusCause[] {
  const annotations = Object.entries(meta.annotations ?? {})
  const bytes = annotations.reduce((sum, [key, value]) => sum + key.length + Buffer.byteLength(String(value)), 0)
  return [
    ...nameCauses(meta.name, resource),
    ...labelsCauses(meta.labels, 'metadata.labels'),
    ...annotations.flatMap(([key]) => qualifiedNameCauses(key.toLowerCase(), 'metadata.annotations')),
    ...(bytes > MOST_ANNOTATION_BYTES ? [tooLong('metadata.annotations', MOST_ANNOTATION_BYTES)] : []),
    ...(meta.finalizers ?? []).flatMap((name, at) => qualifiedNameCauses(name, `metadata.finalizers[${at}]`)),
    ...(meta.ownerReferences ?? []).flatMap((owner, at) =>
      (['apiVersion', 'kind', 'name', 'uid'] as const)
        .filter((field) => !owner[field])
        .map((field) => required(`metadata.ownerReferences[${at}].${field}`, `${field} must not be empty`)),
    ),
  ]
}
