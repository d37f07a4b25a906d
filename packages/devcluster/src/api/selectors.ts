import type { LabelSelector } from '../kinds.ts'
import type { KubeObject } from './object.ts'
import { StatusError } from './status-error.ts'

export type Predicate = (object: KubeObject) => boolean

const REQUIREMENT =
  /^\s*(?:(!)\s*([^\s!=,()]+)|([^\s!=,()]+)(?:\s*(==|=|!=|>|<)\s*([^\s,()]*)|\s+(in|notin)\s*\(([^)]*)\))?)\s*(?:,|$)/

/** A label selector as kubectl writes it: `a=b,c!=d,e,!f,g in (x,y),h notin (z)`. 400 when it can't be read. */
export function parseLabelSelector(text: string): Predicate {
  const tests: ((labels: Record<string, string>) => boolean)[] = []
  let rest = text.trim()
  while (rest !== '') {
    const match = REQUIREMENT.exec(rest)
    if (!match)
      throw new StatusError(
        400,
        'BadRequest',
        `unable to parse requirement: found '${rest}', expected: a label selector`,
      )
    const [whole, absent, absentKey, key = '', operator, value = '', setOperator, set = ''] = match
    const values = set.split(',').map((v) => v.trim())
    if (absent) tests.push((labels) => !(absentKey! in labels))
    else if (setOperator === 'in') tests.push((labels) => key in labels && values.includes(labels[key]!))
    else if (setOperator === 'notin') tests.push((labels) => !(key in labels) || !values.includes(labels[key]!))
    else if (operator === '=' || operator === '==') tests.push((labels) => labels[key] === value)
    else if (operator === '!=') tests.push((labels) => labels[key] !== value)
    else if (operator === '>') tests.push((labels) => Number(labels[key]) > Number(value))
    else if (operator === '<') tests.push((labels) => Number(labels[key]) < Number(value))
    else tests.push((labels) => key in labels)
    rest = rest.slice(whole.length)
  }
  return (object) => tests.every((test) => test(object.metadata.labels ?? {}))
}

/** A LabelSelector object; an empty one selects everything, an absent one nothing. */
export function matchesLabels(selector: LabelSelector | undefined, labels: Record<string, string> = {}): boolean {
  if (!selector) return false
  if (!Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value)) return false
  return (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
    if (operator === 'Exists') return key in labels
    if (operator === 'DoesNotExist') return !(key in labels)
    if (operator === 'In') return key in labels && values.includes(labels[key]!)
    return !(key in labels) || !values.includes(labels[key]!)
  })
}

/** Fields that may be selected by beside `metadata.name` and `metadata.namespace`. */
const fields: Record<string, readonly string[]> = {
  pods: [
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'spec.hostNetwork',
    'status.phase',
    'status.podIP',
    'status.nominatedNodeName',
  ],
  events: [
    'involvedObject.kind',
    'involvedObject.namespace',
    'involvedObject.name',
    'involvedObject.uid',
    'involvedObject.apiVersion',
    'involvedObject.resourceVersion',
    'involvedObject.fieldPath',
    'reason',
    'reportingComponent',
    'source',
    'type',
  ],
  'events.events.k8s.io': [
    'regarding.kind',
    'regarding.namespace',
    'regarding.name',
    'regarding.uid',
    'reason',
    'reportingController',
    'type',
  ],
  secrets: ['type'],
  nodes: ['spec.unschedulable'],
  namespaces: ['status.phase', 'name'],
}

/** `spec.nodeName=a,status.phase!=Failed`. 400 for a field that this resource can't be selected by. */
export function parseFieldSelector(text: string, resource: string, more: readonly string[] = []): Predicate {
  const tests = text
    .split(',')
    .filter((part) => part.trim() !== '')
    .map((part) => {
      const [, field = '', operator, value = ''] = /^\s*([\w.]+)\s*(==|=|!=)(.*)$/.exec(part) ?? []
      if (!operator) throw new StatusError(400, 'BadRequest', `invalid selector: '${part}'; can't understand '${part}'`)
      if (
        field !== 'metadata.name' &&
        field !== 'metadata.namespace' &&
        !fields[resource]?.includes(field) &&
        !more.includes(field)
      )
        throw new StatusError(400, 'BadRequest', `field label not supported: ${field}`)
      const path = field === 'name' ? ['metadata', 'name'] : field.split('.')
      const wanted = value.trim().replace(/\\([,=\\])/g, '$1')
      return (object: KubeObject) => (fieldText(object, path) === wanted) === (operator !== '!=')
    })
  return (object) => tests.every((test) => test(object))
}

function fieldText(object: KubeObject, path: readonly string[]): string {
  let value: unknown = object
  for (const step of path) value = (value as Record<string, unknown> | undefined)?.[step]
  if (path[0] === 'source') value = (value as { component?: string } | undefined)?.component
  return value === undefined || value === null
    ? path.at(-1) === 'unschedulable' || path.at(-1) === 'hostNetwork'
      ? 'false'
      : ''
    : String(value)
}
