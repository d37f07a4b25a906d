import { readFileSync } from 'node:fs'
import { brotliDecompressSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { Json } from '../api/json.ts'
import { StatusError } from '../api/status-error.ts'
import { decodeProtobuf } from './protobuf.ts'

interface Example {
  protobuf: string
  json: Json
}

const testdata = (name: string): Buffer => readFileSync(new URL(`testdata/${name}`, import.meta.url))

/** Written by `generate/protobuf.ts`: the same objects by Kubernetes' own two encoders. */
const examples = JSON.parse(testdata('protobuf-examples.json').toString()) as Example[]
/** Every kind empty, with all its pointers and lists set to zeros, and filled. */
const filled = JSON.parse(brotliDecompressSync(testdata('protobuf-filled.json.br')).toString()) as Example[]

/** In JSON, Go writes null for a list, map or time that is nothing; in protobuf some of them are left out. */
function withoutNull(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNull)
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(([, part]) => part !== null)
  return Object.fromEntries(kept.map(([key, part]) => [key, withoutNull(part)]))
}

function expectSame({ protobuf, json }: Example): void {
  expect(withoutNull(decodeProtobuf(Buffer.from(protobuf, 'base64')))).toEqual(withoutNull(json))
}

/** A Namespace with these bytes for its fields. */
function namespaceOf(...raw: number[]): Buffer {
  const typeMeta = [0x0a, 2, ...Buffer.from('v1'), 0x12, 9, ...Buffer.from('Namespace')]
  return Buffer.from([...Buffer.from('k8s\0'), 0x0a, typeMeta.length, ...typeMeta, 0x12, raw.length, ...raw])
}

describe('a protobuf body', () => {
  it.each(examples.map((example) => [String(example.json.kind), example] as const))(
    'of a %s is its JSON',
    (_, example) => expectSame(example),
  )

  const kinds = Object.groupBy(filled, ({ json }) => `${json.apiVersion} ${json.kind}`)
  it.each(Object.entries(kinds))('of a %s is its JSON, empty, with zeros and filled', (_, three) => {
    expect(three).toHaveLength(3)
    for (const example of three!) expectSame(example)
  })

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
    // metadata with field 99
    expect(() => decodeProtobuf(namespaceOf(0x0a, 0x03, 0x98, 0x06, 0x01))).toThrow(/field number 99/)
  })

  it('with a kind that is not served is refused', () => {
    const body = Buffer.from(namespaceOf().toString('latin1').replace('Namespace', 'Nomespace'), 'latin1')
    expect(() => decodeProtobuf(body)).toThrow(/Nomespace in version "v1" can't be read/)
  })

  it.each([
    ['a length below zero', [0x0a, ...Array<number>(9).fill(0xff), 0x01], /cut short/],
    ['a length beyond its end', [0x0a, 0x05, 0x00], /cut short/],
    ['a number where a message belongs', [0x08, 0x01], /not of its type/],
    // metadata.name, metadata.deletionGracePeriodSeconds and metadata.creationTimestamp.seconds
    ['a number where text belongs', [0x0a, 0x02, 0x08, 0x01], /not of its type/],
    ['text where a number belongs', [0x0a, 0x02, 0x52, 0x00], /not of its type/],
    ['a number beyond 2^53', [0x0a, 0x09, 0x50, ...Array<number>(7).fill(0xff), 0x7f], /too large/],
    ['a year beyond 9999', [0x0a, 0x09, 0x42, 0x07, 0x08, ...Array<number>(5).fill(0xff), 0x7f], /between the years/],
  ])('with %s is refused', (_, raw, why) => {
    expect(() => decodeProtobuf(namespaceOf(...raw))).toThrow(why)
    expect(() => decodeProtobuf(namespaceOf(...raw))).toThrow(StatusError)
  })

  it.each([
    ['an empty message', []],
    ['year 1', [0x08, 0x80, 0x92, 0xb8, 0xc3, 0x98, 0xfe, 0xff, 0xff, 0xff, 0x01]],
  ])('with a time that Go has not set, as %s, has none', (_, timestamp) => {
    const metadata = [0x42, timestamp.length, ...timestamp]
    const { metadata: decoded } = decodeProtobuf(namespaceOf(0x0a, metadata.length, ...metadata))
    expect((decoded as Json).creationTimestamp ?? null).toBeNull()
  })
})
