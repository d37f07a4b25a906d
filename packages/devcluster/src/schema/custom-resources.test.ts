import { describe, expect, test } from 'vitest'
import type { Json } from '../api/json.ts'
import { type CustomResourceDefinition, resourceOfCrd } from '../api/resources.ts'
import type { StatusCause } from '../api/status-error.ts'
import { type Answer, answerOf, recording, titleOf } from './answers-testing.ts'
import { validateSchema } from './validate-schema.ts'

const sorted = (causes: readonly StatusCause[] = []): string[] =>
  causes.map(({ reason, field, message }) => `${reason} ${field}: ${message}`).sort()

/** Go walks its maps in any order, so the order of causes, and with it the message of several, is left out. */
function comparable({ code, reason, message, causes, warnings, object }: Answer): object {
  return {
    code,
    ...(code === 201 ? { spec: object?.spec } : { reason }),
    ...(causes && causes.length > 1 ? {} : { message }),
    causes: sorted(causes),
    warnings: [...(warnings ?? [])].sort(),
  }
}

/** One definition with all that a schema can say; those of a real product, rules that nobody evaluates here included. */
for (const file of ['custom-resources.json', 'local-storage.json']) {
  describe(`as a real API server answers: ${file}`, () => {
    const { before, cases } = recording(new URL(`./testdata/${file}`, import.meta.url))
    const definitions = before.map(({ body }) => body as unknown as CustomResourceDefinition)
    for (const question of cases) {
      test(titleOf(question), () => {
        // A status is taken away from new objects before anyone looks at it.
        const { status: _, ...body } = question.body as Json
        const crd = definitions.find(({ spec }) => spec.names.kind === body.kind)!
        const found = answerOf(resourceOfCrd(crd), body, question.query, crd)
        expect(comparable(found)).toEqual(comparable(question.answer))
      })
    }
  })
}

test('what an update leaves as it was is not held against a stricter schema', () => {
  const size = { type: 'integer', minimum: 5 }
  const schema = { type: 'object', properties: { spec: { type: 'object', properties: { a: size, b: size } } } }
  const old = { spec: { a: 1, b: 1 } }
  const fields = (now: Json, before?: Json) => validateSchema(schema, now, before).map(({ field }) => field)
  expect(fields(old)).toEqual(['spec.a', 'spec.b'])
  expect(fields(old, old)).toEqual([])
  expect(fields({ spec: { a: 1, b: 2 } }, old)).toEqual(['spec.b'])
})
