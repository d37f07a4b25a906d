/**
 * Relative links and backticked repository paths in README, CHANGELOG and docs/ must exist. A backticked word counts as
 * a path when its first segment is a folder of the repository's root. Exits 1 with file:line of each that does not.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

const roots = new Set(
  readdirSync('.', { withFileTypes: true })
    .filter((e) => e.isDirectory())
    .map((e) => e.name),
)
const made = /(^|\/)(dist|node_modules|\.next|test-results)(\/|$)/
const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.md'], { encoding: 'utf8' })
  .split('\n')
  .filter(Boolean)

const broken: string[] = []
let checked = 0
for (const file of files) {
  readFileSync(file, 'utf8')
    .split('\n')
    .forEach((text, index) => {
      const links = [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map((m) => m[1]!).filter((l) => !/^[a-z]+:/.test(l))
      const paths = [...text.matchAll(/`([A-Za-z0-9._@-]+\/[A-Za-z0-9._@/[\]-]*)`/g)]
        .map((m) => m[1]!)
        .filter((p) => roots.has(p.split('/')[0]!))
      for (const target of [...links.map((l) => normalize(join(dirname(file), l))), ...paths]) {
        if (made.test(target) || target.startsWith('..')) continue
        checked++
        if (!existsSync(target)) broken.push(`${file}:${index + 1} names ${target}, which does not exist`)
      }
    })
}
for (const line of broken) console.log(line)
console.log(`${files.length} documents, ${checked} paths, ${broken.length} broken`)
process.exitCode = broken.length ? 1 : 0
