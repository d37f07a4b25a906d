import type { KubeObject } from '../api/object.ts'
import { ageOf } from './age.ts'

export type Cell = string | number | boolean | null

/** A column of a kind, with what it shows of an object. `wide` columns are shown by `-o wide` only. */
export interface Column {
  name: string
  type?: 'string' | 'integer' | 'number' | 'boolean' | 'date'
  format?: string
  description?: string
  wide?: boolean
  cell(object: KubeObject, now: Date): Cell
}

/** Narrows a cell function to the kind that it is for. */
export function column<T extends KubeObject>(
  name: string,
  cell: (object: T, now: Date) => Cell,
  more: Partial<Column> = {},
): Column {
  return { name, ...more, cell: (object, now) => cell(object as T, now) }
}

export const NAME: Column = { name: 'Name', format: 'name', cell: ({ metadata }) => metadata.name }
export const AGE: Column = { name: 'Age', cell: ({ metadata }, now) => ageOf(metadata.creationTimestamp, now) }
