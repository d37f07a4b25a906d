import { type StatusCause, StatusError } from './status-error.ts'

/** Causes of a refusal, worded as the API server's own field errors. */
const wording: Record<string, string> = {
  FieldValueRequired: 'Required value',
  FieldValueInvalid: 'Invalid value',
  FieldValueNotSupported: 'Unsupported value',
  FieldValueForbidden: 'Forbidden',
  FieldValueDuplicate: 'Duplicate value',
  FieldValueNotFound: 'Not found',
  FieldValueTooLong: 'Too long',
  FieldValueTooMany: 'Too many',
}

function cause(reason: string, field: string, text: string): StatusCause {
  return { reason, field, message: `${wording[reason]}${text}` }
}

export const required = (field: string, detail = ''): StatusCause =>
  cause('FieldValueRequired', field, detail && `: ${detail}`)

export const invalid = (field: string, value: unknown, detail: string): StatusCause =>
  cause('FieldValueInvalid', field, `: ${show(value)}: ${detail}`)

export const forbidden = (field: string, detail: string): StatusCause =>
  cause('FieldValueForbidden', field, `: ${detail}`)

export const duplicate = (field: string, value: unknown): StatusCause =>
  cause('FieldValueDuplicate', field, `: ${show(value)}`)

export const notFound = (field: string, value: unknown): StatusCause =>
  cause('FieldValueNotFound', field, `: ${show(value)}`)

export const notSupported = (field: string, value: unknown, supported: readonly string[]): StatusCause =>
  cause(
    'FieldValueNotSupported',
    field,
    `: ${show(value)}: supported values: ${supported.map((one) => JSON.stringify(one)).join(', ')}`,
  )

export const tooLong = (field: string, most: number): StatusCause =>
  cause('FieldValueTooLong', field, `: may not be more than ${most} bytes`)

function show(value: unknown): string {
  return JSON.stringify(value) ?? 'null'
}

/** 422 with every cause, as `Pod "x" is invalid: spec.containers: Required value`. */
export function invalidError(
  info: { kind: string; group: string },
  name: string,
  causes: readonly StatusCause[],
): StatusError {
  const texts = causes.map(({ field, message }) => `${field}: ${message}`)
  const text = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`
  const kind = info.group === '' ? info.kind : `${info.kind}.${info.group}`
  return new StatusError(422, 'Invalid', `${kind} "${name}" is invalid: ${text}`, {
    name,
    ...(info.group === '' ? {} : { group: info.group }),
    kind: info.kind,
    causes: [...causes],
  })
}
