/** Prints every import that points the wrong way (house style: "Which way imports point"); exits 1 if there is one. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { violationsOf } from './import-rules.ts'

const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.ts', '*.tsx'], {
  encoding: 'utf8',
}).split('\n')
const sources = files.filter((file) => file && !/\/(gen|generated)\//.test(file))
const violations = sources.flatMap((file) => violationsOf(file, readFileSync(file, 'utf8')))
for (const v of violations) console.log(`${v.file}:${v.line} imports ${v.specifier}: ${v.why}`)
console.log(`${sources.length} files, ${violations.length} imports that point the wrong way`)
process.exitCode = violations.length ? 1 : 0
