import { forbidden, invalid, required } from '../api/field-error.ts'
import { type CustomResourceDefinition, servedVersion } from '../api/resources.ts'
import type { StatusCause } from '../api/status-error.ts'
import { checkStructural, hasRules, type JsonSchema } from '../schema/structural.ts'
import type { Rules } from './rules.ts'

export const crdRules: Rules<CustomResourceDefinition> = {
  hasGeneration: true,
  defaults({ spec }) {
    const { names } = spec ?? {}
    if (!names?.kind) return
    names.singular ??= names.kind.toLowerCase()
    names.listKind ??= `${names.kind}List`
    spec.conversion ??= { strategy: 'None' }
  },
  prepareCreate(crd) {
    delete crd.status
  },
  admit(crd, _, __, caller) {
    for (const { name, schema } of crd.spec?.versions ?? []) {
      if (hasRules((schema?.openAPIV3Schema ?? {}) as JsonSchema))
        caller.warn(`version ${name}: this simulated cluster does not evaluate x-kubernetes-validations rules`)
    }
  },
  validate(crd, old) {
    const { spec, metadata } = crd
    if (!spec) return [required('spec')]
    const causes: StatusCause[] = []
    if (!spec.group) causes.push(required('spec.group'))
    if (!spec.names?.kind) causes.push(required('spec.names.kind'))
    if (!spec.names?.plural) causes.push(required('spec.names.plural'))
    if (!['Namespaced', 'Cluster'].includes(spec.scope)) causes.push(required('spec.scope'))
    if (causes.length > 0) return causes
    const name = `${spec.names.plural}.${spec.group}`
    if (metadata.name !== name)
      causes.push(invalid('metadata.name', metadata.name, `must be spec.names.plural+"."+spec.group`))
    const stored = spec.versions?.filter((v) => v.storage) ?? []
    const served = spec.versions?.filter((v) => v.served) ?? []
    if (stored.length !== 1)
      causes.push(invalid('spec.versions', null, 'must have exactly one version marked as storage version'))
    if (served.length > 1 || spec.conversion?.strategy === 'Webhook')
      causes.push(forbidden('spec.versions', 'this simulated cluster serves one version of a custom resource'))
    if (causes.length > 0) return causes
    if (!servedVersion(crd)) causes.push(invalid('spec.versions', null, 'the version that is stored must be served'))
    for (const [at, version] of spec.versions.entries()) {
      const single = spec.versions.length === 1
      const field = single ? 'spec.validation.openAPIV3Schema' : `spec.versions[${at}].schema.openAPIV3Schema`
      if (!version.schema?.openAPIV3Schema) causes.push(required(field, 'schemas are required'))
      else causes.push(...checkStructural(version.schema.openAPIV3Schema as JsonSchema, field))
    }
    if (old && old.spec.scope !== spec.scope) causes.push(invalid('spec.scope', spec.scope, 'field is immutable'))
    if (old && old.spec.names.kind !== spec.names.kind)
      causes.push(invalid('spec.names.kind', spec.names.kind, 'field is immutable'))
    return causes
  },
}
