import { describe, expect, test } from 'vitest'
import { recording, refusalOf, titleOf } from './answers-testing.ts'
import { parseJson, parsePatch } from './parse-json.ts'

const { cases } = recording(new URL('./testdata/broken-json.json', import.meta.url))

const refusal = (read: () => unknown) => {
  try {
    return read()
  } catch (error) {
    return refusalOf(error)
  }
}

describe('a body that is no JSON is refused in the words of the API server', () => {
  for (const question of cases) {
    const text = question.body as string
    // JSON, but no object: the HTTP edge refuses it.
    if (question.answer.message?.includes('json: cannot unmarshal')) {
      test(`${titleOf(question)} is JSON`, () => expect(parseJson(text, 'Pod').value).toEqual(JSON.parse(text)))
    } else test(titleOf(question), () => expect(refusal(() => parseJson(text, 'Pod'))).toEqual(question.answer))
  }
  test('a patch', () => {
    expect(refusal(() => parsePatch('x', 'application/merge-patch+json'))).toEqual({
      code: 400,
      reason: 'BadRequest',
      message: "error decoding patch: invalid character 'x' looking for beginning of value",
    })
  })
})

describe('members that are named twice', () => {
  test.each([
    ['{"a":1,"a":2}', ['a'], { a: 2 }],
    ['{"a":1,"a":2,"a":3}', ['a'], { a: 3 }],
    ['{"a":{"b":1,"b":2},"c":[{"d":1},{"d":1,"d":{"e":1}}]}', ['a.b', 'c[1].d'], undefined],
    ['{"a":"{\\"x\\":1,\\"x\\":2}","b":[["a","a"]]}', [], undefined],
    ['{"\\u0061":1,"a":2}', ['a'], { a: 2 }],
    ['{"a":{"x":1},"b":{"x":1}}', [], undefined],
    [' [ 1.5e3 , -0, true,null, "\\ud83d\\ude00 😀" ] ', [], [1500, -0, true, null, '😀 😀']],
  ])('%s', (text, duplicates, value) => {
    const read = parseJson(text)
    expect(read.duplicates).toEqual(duplicates)
    if (value !== undefined) expect(read.value).toEqual(value)
  })

  test('a text is refused rather than walked too deep', () => {
    expect(refusal(() => parseJson('['.repeat(100_000)))).toMatchObject({ code: 400 })
  })
})
