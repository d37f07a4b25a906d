import { expect, test } from 'vitest'
import type { Json } from '../api/json.ts'
import type { CustomResourceDefinition } from '../api/resources.ts'
import type { StatusCause } from '../api/status-error.ts'
import { recording } from './answers-testing.ts'
import { checkStructural, hasRules, type JsonSchema } from './structural.ts'

const { cases } = recording(new URL('./testdata/definitions.json', import.meta.url))
const products = recording(new URL('./testdata/local-storage.json', import.meta.url)).before

const schemaOf = (body: unknown): JsonSchema =>
  (body as CustomResourceDefinition).spec.versions[0]!.schema!.openAPIV3Schema as JsonSchema

/** The API server goes on with what its own engine says of an expression. */
const texts = (causes: readonly StatusCause[] = []): string[] =>
  causes.map(({ reason, field, message }) => `${reason} ${field} ${message.replace(/(but isn't):.*/, '$1')}`).sort()

for (const { body, answer } of cases) {
  const schema = schemaOf(body)
  test(`${answer.code} ${JSON.stringify(schema)}`, () => {
    expect(texts(checkStructural(schema, 'spec.validation.openAPIV3Schema'))).toEqual(texts(answer.causes))
  })
}

test('the definitions of a real product are structural, and have rules', () => {
  for (const { body } of products as { body: Json }[]) {
    expect(checkStructural(schemaOf(body), 'schema')).toEqual([])
    expect(hasRules(schemaOf(body))).toBe(true)
  }
  expect(hasRules({ type: 'object', properties: { a: { type: 'array', items: { type: 'string' } } } })).toBe(false)
})
