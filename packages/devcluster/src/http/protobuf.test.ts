import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Json } from '../api/json.ts'
import { decodeProtobuf } from './protobuf.ts'

interface Example {
  protobuf: string
  json: Json
}

/** Written by `generate/protobuf-table -examples`: the same object by Kubernetes' own two encoders. */
const examples = JSON.parse(
  readFileSync(new URL('testdata/protobuf-examples.json', import.meta.url), 'utf8'),
) as Example[]

/**
 * What Go's two encoders do differently with a value that is nothing: JSON leaves out an empty struct or writes it,
 * protobuf the other way round. Nothing reads a difference out of them.
 */
function withoutNothing(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNothing)
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value)
    .map(([key, part]) => [key, withoutNothing(part)] as const)
    .filter(([, part]) => !(part === null || part === '' || part === 0 || part === false || isEmpty(part)))
  return Object.fromEntries(kept)
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}

describe('a protobuf body', () => {
  it.each(examples.map((example) => [String(example.json.kind), example] as const))(
    'of a %s is its JSON',
    (_, example) => {
      const decoded = decodeProtobuf(Buffer.from(example.protobuf, 'base64'))
      expect(withoutNothing(decoded)).toEqual(withoutNothing(example.json))
    },
  )

  const pod = Buffer.from(examples.find(({ json }) => json.kind === 'Pod')!.protobuf, 'base64')

  it('keeps zeros that mean something', () => {
    expect(decodeProtobuf(pod)).toMatchObject({
      metadata: { deletionGracePeriodSeconds: 0 },
      spec: { terminationGracePeriodSeconds: 0, tolerations: [{ tolerationSeconds: -1 }] },
    })
  })

  it('that is cut short is refused', () => {
    expect(() => decodeProtobuf(pod.subarray(0, pod.length - 40))).toThrow(/cut short/)
    expect(() => decodeProtobuf(Buffer.from('{}'))).toThrow(/prefix/)
  })

  it('with a field that the table does not know is refused, not stored without it', () => {
    // metadata of a Namespace with field 99, in an envelope.
    const raw = Buffer.from([0x0a, 0x03, 0x98, 0x06, 0x01])
    const typeMeta = Buffer.from([0x0a, 2, ...Buffer.from('v1'), 0x12, 9, ...Buffer.from('Namespace')])
    const body = Buffer.from([...Buffer.from('k8s\0'), 0x0a, typeMeta.length, ...typeMeta, 0x12, raw.length, ...raw])
    expect(() => decodeProtobuf(body)).toThrow(/field number 99/)
  })
})
