import { expect, test } from 'vitest'
import type { Json } from '../api/json.ts'
import { builtInResources } from '../http/assets.ts'
import { type Answer, answerOf, type Question, recording, titleOf } from './answers-testing.ts'
import { strictError } from './check-fields.ts'
import { parseJson } from './parse-json.ts'

const { cases } = recording(new URL('./testdata/built-in-kinds.json', import.meta.url))

/** Of named Go types and embedded structs the OpenAPI document knows nothing. */
function comparable({ code, reason, message = '', warnings }: Answer): object {
  const text = message.replace(/(Go struct field .*) of type \S+$/, '$1').replace('.ProbeHandler', '')
  return { code, ...(code === 201 ? { warnings: warnings ?? [] } : { reason, message: text }) }
}

function ours({ path, body, query }: Question): Answer {
  const plural = path.split('/').at(-1)
  const info = builtInResources.find((one) => one.plural === plural && (one.group === '' || path.includes(one.group)))!
  const { value, duplicates } = parseJson(typeof body === 'string' ? body : JSON.stringify(body))
  const problems = duplicates.map((field) => `duplicate field "${field}"`)
  const answer = answerOf(info, value as Json, query)
  return { ...answer, warnings: [...problems, ...(answer.warnings ?? [])] }
}

for (const question of cases) {
  const { answer } = question
  // What the schemas let pass may still be refused by the rules of the kind, which are not asked here.
  const passes = answer.code === 422
  test(titleOf(question), () => {
    const found = ours(question)
    const duplicates = found.warnings?.filter((text) => text.startsWith('duplicate')) ?? []
    if (answer.message?.includes('duplicate field')) {
      const unknown = /unknown field .*$/.exec(found.message ?? '')?.[0]
      const refusal = strictError({ kind: 'Pod', version: 'v1' }, [...duplicates, ...(unknown ? [unknown] : [])])
      expect({ ...found, code: refusal.code, reason: refusal.reason, message: refusal.message }).toMatchObject(answer)
    } else if (passes) expect(found.code).toBe(201)
    else expect(comparable(found)).toEqual(comparable(answer))
  })
}
