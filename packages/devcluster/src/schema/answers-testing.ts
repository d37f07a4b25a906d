import { readFileSync } from 'node:fs'
import type { Json } from '../api/json.ts'
import type { KubeApi } from '../api/kube-api.ts'
import type { KubeObject } from '../api/object.ts'
import type { CustomResourceDefinition, ResourceInfo } from '../api/resources.ts'
import { type StatusCause, StatusError } from '../api/status-error.ts'
import type { Caller } from '../rules/rules.ts'
import { ClusterSchemas } from './schemas.ts'

/** What a real API server said, as generate/record-answers.ts wrote it down. */
export interface Answer {
  code: number
  reason?: string
  message?: string
  causes?: StatusCause[]
  warnings?: string[]
  object?: Json
  /** Of a patch: paths of the object → what they hold now. */
  changes?: Json
}

export interface Question {
  path: string
  method?: string
  query?: string
  type?: string
  body: unknown
  answer: Answer
}

export interface Recording {
  server: string
  before: { path: string; body: Json }[]
  current?: Record<string, Json>
  cases: Question[]
}

export function recording(url: URL): Recording {
  return JSON.parse(readFileSync(url, 'utf8')) as Recording
}

/** How a test is named after its question. */
export function titleOf({ method = 'POST', query = '', type = '', body }: Question): string {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return [method, type.replace('application/', ''), query, text.length > 160 ? `${text.slice(0, 160)}…` : text].join(
    ' ',
  )
}

/** What the schemas make of an object that is created, or of one that a patch has made. */
export function answerOf(
  info: ResourceInfo,
  object: Json,
  query = '',
  crd?: CustomResourceDefinition,
  onError: (error: unknown) => unknown = (error) => error,
): Answer {
  const warnings: string[] = []
  const asked = new URLSearchParams(query).get('fieldValidation') ?? 'Warn'
  const fieldValidation = asked as Caller['fieldValidation']
  const caller: Caller = { user: 'test', warn: (text) => warnings.push(text), dryRun: false, fieldValidation }
  const schemas = new ClusterSchemas(() => ({ get: () => crd }) as unknown as KubeApi)
  try {
    const accepted = schemas.accept(info, object, caller)
    schemas.validate(info, accepted as unknown as KubeObject, undefined)
    return { code: 201, warnings, object: accepted }
  } catch (error) {
    return { ...refusalOf(onError(error)), warnings }
  }
}

export function refusalOf(error: unknown): Answer {
  if (!(error instanceof StatusError)) throw error
  const { code, reason, message, details } = error
  return { code, reason, message, ...(details.causes ? { causes: details.causes } : {}) }
}
