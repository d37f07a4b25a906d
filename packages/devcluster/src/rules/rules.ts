import type { KubeObject } from '../api/object.ts'
import type { StatusCause } from '../api/status-error.ts'

/** Who asks, and how. Stand-ins ask as the system. */
export interface Caller {
  user: string
  /** Takes what the client should be told beside its answer. */
  warn(text: string): void
  dryRun: boolean
  fieldValidation: 'Strict' | 'Warn' | 'Ignore'
}

/** What a rule may look up. */
export interface Lookup {
  find<T extends KubeObject>(resource: string, namespace: string | undefined, name: string): T | undefined
  list<T extends KubeObject>(resource: string, namespace?: string): T[]
}

/** A draft that is still being filled in: the rules write into it. */
export type Mutable<T> = T

/**
 * What is special about one resource. All of it is optional; times and lookups come with the context.
 */
export interface Rules<T extends KubeObject = KubeObject> {
  /** Fills what the API fills when it is left out. Runs on every write, so it must be safe to repeat. */
  defaults?(object: Mutable<T>): void
  /** What a new object starts with, whatever the client said: its status above all. */
  prepareCreate?(object: Mutable<T>, lookup: Lookup): void
  prepareUpdate?(object: Mutable<T>, old: T): void
  /** Admission: may change the draft, or refuse it by a StatusError. */
  admit?(object: Mutable<T>, old: T | undefined, lookup: Lookup, caller: Caller): void
  validate?(object: T, old: T | undefined, lookup: Lookup): StatusCause[]
  /** May refuse a deletion by a StatusError. */
  admitDelete?(object: T, lookup: Lookup): void
  /** `metadata.generation` counts changes of the spec. */
  hasGeneration?: boolean
  /** What of the status a client may give at creation: everything, or nothing (the usual). */
  keepsStatus?: boolean
}
