import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { runBuf } from '../scripts/buf.ts'
import { wireFacts } from './wire-facts.ts'

/** Printed by scripts/wire-facts.ts from the published files, not from ours. */
const published = {
  'csi/v1': { source: 'container-storage-interface/spec v1.12.0', facts: readFacts('csi-1.12.txt') },
  'pluginregistration/v1': { source: 'k8s.io/kubelet v0.36.3', facts: readFacts('pluginregistration-v1.txt') },
}

function readFacts(name: string): string[] {
  return readFileSync(new URL(`./facts/${name}`, import.meta.url), 'utf8')
    .trim()
    .split('\n')
}

const image = JSON.parse(runBuf(['build', 'api', '--output', '-#format=json'])) as Parameters<typeof wireFacts>[0]

describe('our contracts state the same wire facts as the published ones', () => {
  for (const [path, { source, facts }] of Object.entries(published)) {
    test(`${path} and ${source}`, () => {
      const ours = runBuf(['build', 'api', '--path', `api/${path}`, '--output', '-#format=json'])
      expect(wireFacts(JSON.parse(ours))).toEqual(facts)
    })
  }

  test('nothing is in ours that is in neither', () => {
    const all = Object.values(published).flatMap(({ facts }) => facts)
    expect(wireFacts(image)).toEqual(all.sort())
  })
})

describe('a fact is lost for each thing that changes', () => {
  const changes: [string, RegExp, string][] = [
    ['a number', /("name":"volume_id","number":)1,/, '$17,'],
    ['a type', /("name":"required_bytes",.*?"type":)"TYPE_INT64"/, '$1"TYPE_UINT64"'],
    ['a label', /("name":"mount_flags",.*?"label":)"LABEL_REPEATED"/, '$1"LABEL_OPTIONAL"'],
    ['an enum value', /("name":"SINGLE_NODE_WRITER","number":)1/, '$19'],
    ['an option', /"\[csi\.v1\.csi_secret\]":true/, '"[csi.v1.csi_secret]":false'],
    ['a reply', /("outputType":)"\.csi\.v1\.ProbeResponse"/, '$1".csi.v1.Volume"'],
    ['streaming', /"serverStreaming":true/, '"serverStreaming":false'],
  ]
  test.each(changes)('%s', (_, pattern, replacement) => {
    const text = JSON.stringify(image)
    expect(text).toMatch(pattern)
    expect(wireFacts(JSON.parse(text.replace(pattern, replacement)))).not.toEqual(wireFacts(image))
  })
})

test('a field is secret exactly when it is called secrets: log redaction goes by the name', () => {
  const fields = wireFacts(image).filter((fact) => fact.startsWith('field csi.v1.'))
  const secret = fields.filter((fact) => fact.includes('[csi.v1.csi_secret]=true'))
  expect(secret).toEqual(fields.filter((fact) => fact.includes('.secrets = ')))
  expect(secret).toHaveLength(19)
})
