/**
 * Asks a real API server the questions of a testdata file and writes its answers beside them:
 * `kubectl proxy --port 8001 &`, then `tsx packages/devcluster/generate/record-answers.ts http://127.0.0.1:8001 FILE…`.
 * Wants a cluster that may be littered: what a file needs before its questions is created and stays.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { changesBetween } from '../src/patch/changes-testing.ts'

interface Questions {
  server: string
  before: { path: string; body: object }[]
  /** What is patched, by path. */
  current?: Record<string, object>
  cases: { path: string; method?: string; query?: string; type?: string; body: unknown; answer?: object }[]
}
interface Answer {
  kind: string
  reason?: string
  message?: string
  details?: { causes?: { message: string }[] }
  metadata?: Record<string, unknown>
  [field: string]: unknown
}

interface Answered {
  object?: object
  [other: string]: unknown
}

const [server = '', ...files] = process.argv.slice(2)
const textOf = (body: unknown): string => (typeof body === 'string' ? body : JSON.stringify(body))

async function ask(path: string, method: string, body?: string, type = ''): Promise<Answered> {
  const response = await fetch(`${server}${path}`, { method, body, headers: type ? { 'content-type': type } : {} })
  const answer = JSON.parse(await response.text()) as Answer
  const code = response.status
  const warnings = [...(response.headers.get('warning') ?? '').matchAll(/299 - "((?:[^"\\]|\\.)*)"/g)].map(
    ([, text]) => JSON.parse(`"${text}"`) as string,
  )
  const said = warnings.length > 0 ? { warnings } : {}
  if (answer.kind === 'Status') {
    const { reason, message, details } = answer
    // The API server repeats the whole object.
    const shorter = (text: string): string =>
      text.replace(/(patch: |^)Invalid value: "(?:[^"\\]|\\.)*"/, '$1Invalid value: "…"')
    const short = message?.includes(' "" is invalid: patch: ') ? shorter : (text: string): string => text
    const causes = details?.causes?.map((cause) => ({ ...cause, message: short(cause.message) }))
    return { code, reason, message: short(message ?? ''), ...(causes ? { causes } : {}), ...said }
  }
  for (const own of ['managedFields', 'uid', 'resourceVersion', 'generation', 'creationTimestamp'])
    delete answer.metadata?.[own]
  return { code, ...said, object: answer }
}

for (const file of files) {
  const questions = JSON.parse(readFileSync(file, 'utf8')) as Questions
  const version = (await (await fetch(`${server}/version`)).json()) as { gitVersion: string }
  questions.server = version.gitVersion
  for (const { path, body } of questions.before) {
    await ask(path, 'POST', JSON.stringify(body), 'application/json')
    // A new CustomResourceDefinition is served a moment after it is written.
    await setTimeout(3000)
  }
  for (const one of questions.cases) {
    if (one.method === 'PATCH') {
      questions.current ??= {}
      questions.current[one.path] ??= (await ask(one.path, 'GET')).object!
    }
    const query = `dryRun=All${one.query ? `&${one.query}` : ''}`
    const { object, ...answer } = await ask(
      `${one.path}?${query}`,
      one.method ?? 'POST',
      textOf(one.body),
      one.type ?? 'application/json',
    )
    const current = questions.current?.[one.path]
    one.answer = { ...answer, ...(object && (current ? { changes: changesBetween(current, object) } : { object })) }
  }
  writeFileSync(file, `${JSON.stringify(questions, null, 2)}\n`)
}
