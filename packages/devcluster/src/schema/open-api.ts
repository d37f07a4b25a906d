/** As much of an OpenAPI v3 schema as Kubernetes uses for its built-in kinds. */
export interface OpenApiSchema {
  type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean'
  format?: string
  $ref?: string
  allOf?: OpenApiSchema[]
  oneOf?: OpenApiSchema[]
  properties?: Record<string, OpenApiSchema>
  additionalProperties?: OpenApiSchema
  items?: OpenApiSchema
  required?: string[]
  'x-kubernetes-patch-strategy'?: string
  'x-kubernetes-patch-merge-key'?: string
  'x-kubernetes-group-version-kind'?: { group: string; version: string; kind: string }[]
}

export interface SchemaSource {
  schema: OpenApiSchema
  resolve(ref: string): OpenApiSchema
}

export function refOf(schema: OpenApiSchema): string | undefined {
  return schema.$ref ?? schema.allOf?.[0]?.$ref
}

/** A schema itself, behind `$ref` and the `allOf` that carries a default beside one. */
export function resolved(schema: OpenApiSchema, source: SchemaSource): OpenApiSchema {
  const ref = refOf(schema)
  return ref ? { ...source.resolve(ref), ...onlyHints(schema) } : schema
}

/** What a field says of itself beside the reference to its type. */
function onlyHints(schema: OpenApiSchema): OpenApiSchema {
  const strategy = schema['x-kubernetes-patch-strategy']
  const key = schema['x-kubernetes-patch-merge-key']
  return {
    ...(strategy ? { 'x-kubernetes-patch-strategy': strategy } : {}),
    ...(key ? { 'x-kubernetes-patch-merge-key': key } : {}),
  }
}
