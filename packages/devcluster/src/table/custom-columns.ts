import { JSONPath } from 'jsonpath-plus'
import type { KubeObject } from '../api/object.ts'
import type { CrdVersion } from '../api/resources.ts'
import { ageOf } from './age.ts'
import { AGE, type Cell, type Column, NAME } from './column.ts'

type Definition = NonNullable<CrdVersion['additionalPrinterColumns']>[number]

/** Name, and what a CustomResourceDefinition names; the age when it names nothing. */
export function customColumns(definitions: readonly Definition[]): Column[] {
  if (definitions.length === 0) return [NAME, { ...AGE, type: 'date' }]
  return [
    NAME,
    ...definitions.map(({ name, type, format, description, priority, jsonPath }): Column => {
      const path = pathOf(jsonPath)
      return {
        name,
        type: type as Column['type'],
        format,
        description,
        wide: (priority ?? 0) > 0,
        cell: (object, now) => cellOf(find(object, path), type, now),
      }
    }),
  ]
}

/** Kubernetes writes `.a.b\.c[0]`; the library reads `$.a["b.c"][0]`. */
function pathOf(text: string): string {
  const quoted = text.replace(
    /\.((?:[^.[\]\\]|\\.)*\\\.(?:[^.[\]\\]|\\.)*)/g,
    (_, key: string) => `['${key.replaceAll('\\.', '.')}']`,
  )
  return `$${quoted}`
}

function find(object: KubeObject, path: string): unknown[] {
  return (JSONPath({ path, json: object, wrap: true, eval: 'safe' }) as unknown as unknown[] | undefined) ?? []
}

function cellOf(found: readonly unknown[], type: string, now: Date): Cell {
  const [first] = found
  if (first === undefined || first === null) return null
  if (type === 'date') return ageOf(String(first), now)
  if (type === 'integer' || type === 'number') return typeof first === 'number' ? first : Number(first)
  if (type === 'boolean') return first === true
  return found.map((value) => (typeof value === 'object' ? JSON.stringify(value) : String(value))).join(',')
}
