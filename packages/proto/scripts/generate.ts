/**
 * `node scripts/generate.ts`: writes gen/ anew from api/.
 * `node scripts/generate.ts --check`: changes nothing; exit code 1 and the names of the files that differ when gen/
 * is not what api/ gives.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packageDirectory, runBuf } from './buf.ts'

function generate(into: string): void {
  runBuf(['generate', '--template', 'buf.gen.yaml', '--output', into])
  // Only the options of the contracts need it, and no generated code imports it: 5,000 lines less to load.
  rmSync(join(into, 'gen/google/protobuf/descriptor.ts'), { force: true })
}

/** Relative path → content of every file under gen/. */
function readGenerated(root: string): Map<string, string> {
  const files = new Map<string, string>()
  for (const entry of readdirSync(join(root, 'gen'), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    files.set(path.slice(root.length), readFileSync(path, 'utf8'))
  }
  return files
}

function findStale(): string[] {
  const temporary = mkdtempSync(join(tmpdir(), 'open-local-proto-'))
  try {
    generate(temporary)
    const fresh = readGenerated(`${temporary}/`)
    const committed = readGenerated(packageDirectory)
    const paths = new Set([...fresh.keys(), ...committed.keys()])
    return [...paths].filter((path) => fresh.get(path) !== committed.get(path)).sort()
  } finally {
    rmSync(temporary, { recursive: true })
  }
}

if (process.argv.includes('--check')) {
  const stale = findStale()
  for (const path of stale) console.error(`packages/proto/${path} is stale: run \`npm run generate -w packages/proto\``)
  if (stale.length > 0) process.exitCode = 1
} else {
  generate('.')
}
