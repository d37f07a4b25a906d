/**
 * Writes the table of protobuf-table/ and the objects of its test anew: `tsx packages/devcluster/generate/protobuf.ts`.
 * Wants Go. The types are those of the Kubernetes version in protobuf-table/go.mod.
 */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { compress } from './compress.ts'

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url))
const run = (...flags: string[]): unknown =>
  JSON.parse(
    execFileSync('go', ['run', '.', ...flags], {
      cwd: here('protobuf-table'),
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    }),
  )

writeFileSync(here('../assets/protobuf-table.json'), `${JSON.stringify(run())}\n`)
writeFileSync(here('../src/http/testdata/protobuf-examples.json'), `${JSON.stringify(run('-examples'))}\n`)
writeFileSync(here('../src/http/testdata/protobuf-filled.json.br'), compress(run('-filled')))
