import { invalid, invalidError } from '../api/field-error.ts'
import type { Json } from '../api/json.ts'
import type { KubeApi, Schemas } from '../api/kube-api.ts'
import type { KubeObject } from '../api/object.ts'
import {
  CRDS,
  type CustomResourceDefinition,
  groupVersionOf,
  type ResourceInfo,
  servedVersion,
} from '../api/resources.ts'
import { builtInSchema } from '../http/assets.ts'
import type { Caller } from '../rules/rules.ts'
import { checkFields, strictError, unreadable } from './check-fields.ts'
import type { SchemaSource } from './open-api.ts'
import { applyDefaults, prune } from './prune.ts'
import { hasRules, type JsonSchema } from './structural.ts'
import { validateSchema } from './validate-schema.ts'

/** What keeps the API server from evaluating the rules of a schema, and how it says so. */
const BLOCKING = [
  ...['FieldValueRequired', 'FieldValueTypeInvalid', 'FieldValueNotSupported'],
  ...['FieldValueTooLong', 'FieldValueTooMany'],
]
const UNCHECKED = invalid(
  '<nil>',
  null,
  'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
)
const STAND_INS = 'system:devcluster'

/** Holds objects against the schemas of the built-in kinds, and against those of CustomResourceDefinitions. */
export class ClusterSchemas implements Schemas {
  readonly #api: () => KubeApi

  constructor(api: () => KubeApi) {
    this.#api = api
  }

  accept(info: ResourceInfo, object: Json, caller: Caller): Json {
    const custom = this.#custom(info)
    if (custom) {
      const { object: kept, unknown } = pruneCustom(custom, object, info)
      report(info, unknown, caller)
      return applyDefaults(custom, kept)
    }
    const source = builtInSchema(groupVersionOf(info), info.kind)
    // Stand-ins of this process write what they mean to.
    if (!source || caller.user === STAND_INS) return object
    const { unknown, object: known } = checkFields(source, object, info)
    report(info, unknown, caller)
    return known
  }

  validate(info: ResourceInfo, object: KubeObject, old: KubeObject | undefined): void {
    const custom = this.#custom(info)
    if (!custom) return
    const causes = validateSchema(custom, object as unknown as Json, old as unknown as Json | undefined)
    if (causes.some(({ reason }) => BLOCKING.includes(reason)) && hasRules(custom)) causes.push(UNCHECKED)
    if (causes.length > 0) throw invalidError(info, object.metadata.name, causes)
  }

  #custom(info: ResourceInfo): JsonSchema | undefined {
    const crd = this.#api().get<CustomResourceDefinition>(CRDS, undefined, `${info.plural}.${info.group}`)
    return crd && (servedVersion(crd).schema?.openAPIV3Schema as JsonSchema | undefined)
  }
}

/** Without what neither its schema nor the metadata of every resource has; their paths as the API server orders them. */
function pruneCustom(schema: JsonSchema, object: Json, info: ResourceInfo): { object: Json; unknown: string[] } {
  const own: string[] = []
  const embedded: string[] = []
  const onMeta = (name: string, value: unknown, path: string): unknown => {
    const isOwn = path === name
    if (name !== 'metadata') {
      if (typeof value === 'string' || isOwn) return value
      throw unreadable(info, `${path}: ${invalid(path, value, 'must be a string').message}`)
    }
    const wrap = (problem: string): string =>
      isOwn ? problem : `${path}: Invalid value: ${JSON.stringify(value)}: ${problem}`
    const { object: metadata, unknown } = checkFields(objectMeta(), value as Json, info, wrap)
    ;(isOwn ? own : embedded).push(...unknown.map((field) => `${path}.${field}`))
    return metadata
  }
  const { object: kept, pruned } = prune(schema, object, onMeta)
  return { object: kept, unknown: [...own, ...pruned, ...embedded] }
}

/** The metadata of every kind is the same. */
function objectMeta(): SchemaSource {
  const { schema, resolve } = builtInSchema('v1', 'ConfigMap')!
  return { schema: schema.properties!.metadata!, resolve }
}

function report(info: ResourceInfo, unknown: readonly string[], caller: Caller): void {
  if (unknown.length === 0 || caller.fieldValidation === 'Ignore') return
  const problems = unknown.map((field) => `unknown field "${field}"`)
  if (caller.fieldValidation === 'Strict') throw strictError(info, problems)
  for (const problem of problems) caller.warn(problem)
}
