import { expect, test } from 'vitest'
import { isObject, type Json } from '../api/json.ts'
import { type ResourceInfo, resourceOfCrd } from '../api/resources.ts'
import { builtInResources, builtInSchema } from '../http/assets.ts'
import { type Answer, answerOf, type Question, recording, refusalOf, titleOf } from '../schema/answers-testing.ts'
import { strictError } from '../schema/check-fields.ts'
import { parsePatch } from '../schema/parse-json.ts'
import { applyPatch, patchRefusal } from './apply-patch.ts'
import { changesBetween } from './changes-testing.ts'

const { before, current, cases } = recording(new URL('./testdata/patches.json', import.meta.url))
const crd = before.find(({ body }) => body.kind === 'CustomResourceDefinition')!.body as never

const asRefusal = (run: () => Answer): Answer => {
  try {
    return run()
  } catch (error) {
    return refusalOf(error)
  }
}

/** As the HTTP edge does it: the patch is read, applied, and what it makes is held against the schema. */
function ours({ path, type, query = '', body }: Question): Answer {
  const object = current![path]!
  const source = builtInSchema(object.apiVersion as string, object.kind as string)
  const info: ResourceInfo = source ? builtInResources.find(({ kind }) => kind === object.kind)! : resourceOfCrd(crd)
  return asRefusal(() => {
    const { value, duplicates } = parsePatch(typeof body === 'string' ? body : JSON.stringify(body), type!)
    const result = applyPatch(type!.split(';')[0]!, object, value, source)
    if (duplicates.length > 0 && query.includes('Strict')) {
      const problems = duplicates.map((field) => `duplicate field "${field}"`)
      throw patchRefusal(strictError(info, problems), value)
    }
    const answer = answerOf(info, result, query, source ? undefined : crd, (error) => patchRefusal(error, value))
    if (!answer.object) return answer
    const { warnings = [] } = answer
    const changes = changesBetween(withoutEmpty(object), withoutEmpty(answer.object))
    return { code: 200, ...(warnings.length > 0 ? { warnings } : {}), changes }
  })
}

/** Go leaves empty maps out. */
function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty)
  if (!isObject(value)) return value
  const parts = Object.entries(value).map(([key, part]) => [key, withoutEmpty(part)] as const)
  return Object.fromEntries(parts.filter(([, part]) => !isObject(part) || Object.keys(part).length > 0))
}

/** What the API server fills in for a new container or volume is not the patch's. */
const DEFAULTS: Record<string, string> = {
  terminationMessagePath: '"/dev/termination-log"',
  terminationMessagePolicy: '"File"',
  imagePullPolicy: '"Always"',
  type: '""',
  protocol: '"TCP"',
}

function withoutDefaults(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDefaults)
  if (!isObject(value)) return value
  const kept = Object.entries(value).filter(([key, part]) => DEFAULTS[key] !== JSON.stringify(part))
  return Object.fromEntries(kept.map(([key, part]) => [key, withoutDefaults(part)]))
}

/** Go shows objects in its own way, and reads strategic patches in another than it reads JSON. */
function comparable({ code, reason, message = '', causes = [], warnings = [], changes }: Answer): object {
  if (code === 200) return { code, warnings, changes: withoutDefaults(withoutEmpty(changes)) }
  const short = message
    .replaceAll(/Invalid value: "(?:[^"\\]|\\.)*"/g, 'Invalid value')
    .replace(/(unrecognized type|cannot restore).*|json: cannot unmarshal .* into Go struct .*/, 'unreadable')
    .replace(/(types are not identical:).*/s, '$1')
    .replace(', application/apply-patch+yaml', '')
  return { code, reason: reason ?? '', message: short, causes: code === 422 ? causes.map(({ field }) => field) : [] }
}

/** Refused by the rules of the kind, or by its name, after the patch was applied. */
const BY_RULES = /^Deployment\.apps |does not match the name|undeterminable|no kind "/
/** Here these differ. */
const OWN: [question: RegExp, why: string][] = [
  [/"\$patch":"delete"}}}$/, 'the rules of the kind fill in defaults'],
  [/"name":"n",.*"\$patch":"repla/, 'directives in what is new are left out without a warning'],
  [/"foo":\{"\$patch":"x"/, 'and this is told to be an unknown field'],
]

for (const question of cases) {
  const { answer } = question
  const title = titleOf(question)
  test(title, () => {
    const untouched = structuredClone(current)
    const found = ours(question)
    expect(current).toEqual(untouched)
    const mismatch = answer.code === 415 && answer.message?.startsWith('415')
    if (mismatch || title.includes('apply-patch')) expect(found).toMatchObject({ code: 415 })
    else if (OWN.some(([pattern]) => pattern.test(title)) || BY_RULES.test(answer.message?.replace(/"…"/, '') ?? ''))
      expect(found.code).toBe(200)
    else expect(comparable(found)).toEqual(comparable(answer))
    expect(JSON.stringify(found.changes ?? {})).not.toMatch(/"\$(patch|retainKeys|setElementOrder|deleteFrom)/)
  })
}

test('a patch of more operations than the API server takes', () => {
  const patch = Array.from({ length: 10_001 }, () => ({ op: 'test', path: '', value: {} }))
  expect(() => applyPatch('application/json-patch+json', {}, patch)).toThrow('got 10001')
})

test('a patch cannot reach the prototype of objects', () => {
  const patch = JSON.parse('{"metadata":{"__proto__":{"polluted":1}},"__proto__":{"polluted":1}}') as Json
  const source = builtInSchema('v1', 'ConfigMap')
  applyPatch('application/merge-patch+json', { metadata: {} }, patch)
  applyPatch('application/strategic-merge-patch+json', { metadata: {} }, patch, source)
  const step = [{ op: 'add', path: '/__proto__/polluted', value: 1 }]
  applyPatch('application/json-patch+json', {}, step)
  expect(({} as Json).polluted).toBeUndefined()
})
