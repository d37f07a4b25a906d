import { type KubeObject, keyOf } from './resource.ts'

/** Index name → the values under which an object is found. */
export type Indexers<T> = Record<string, (object: T) => readonly string[]>

/** Read access to a set of objects; what domain code asks for, and a test fills by hand with a Store. */
export interface Lister<T> {
  /** `key` is `name` or `namespace/name`. */
  get(key: string): T | undefined
  list(): T[]
  /** Objects whose indexer `index` gave `value`. An unknown index throws. */
  byIndex(index: string, value: string): T[]
  readonly size: number
}

/** Objects by key, with indexes kept in step. Objects are shared with every reader: never change one. */
export class Store<T extends KubeObject> implements Lister<T> {
  readonly #objects = new Map<string, T>()
  readonly #indexers: Indexers<T>
  /** Index name → value → keys. */
  readonly #indexes = new Map<string, Map<string, Set<string>>>()

  constructor(indexers: Indexers<T> = {}) {
    this.#indexers = indexers
    for (const name of Object.keys(indexers)) this.#indexes.set(name, new Map())
  }

  get size(): number {
    return this.#objects.size
  }

  get(key: string): T | undefined {
    return this.#objects.get(key)
  }

  list(): T[] {
    return [...this.#objects.values()]
  }

  keys(): string[] {
    return [...this.#objects.keys()]
  }

  byIndex(index: string, value: string): T[] {
    const keys = this.#indexOf(index).get(value)
    return keys ? [...keys].map((key) => this.#objects.get(key)!) : []
  }

  /** The object that was there before. */
  set(object: T): T | undefined {
    const key = keyOf(object)
    const old = this.#objects.get(key)
    if (old) this.#unindex(key, old)
    this.#objects.set(key, object)
    for (const [name, valuesOf] of Object.entries(this.#indexers)) {
      const index = this.#indexOf(name)
      for (const value of valuesOf(object)) {
        const keys = index.get(value)
        if (keys) keys.add(key)
        else index.set(value, new Set([key]))
      }
    }
    return old
  }

  /** The object that was there. */
  delete(key: string): T | undefined {
    const old = this.#objects.get(key)
    if (!old) return undefined
    this.#unindex(key, old)
    this.#objects.delete(key)
    return old
  }

  #unindex(key: string, object: T): void {
    for (const [name, valuesOf] of Object.entries(this.#indexers)) {
      const index = this.#indexOf(name)
      for (const value of valuesOf(object)) {
        const keys = index.get(value)
        keys?.delete(key)
        if (keys?.size === 0) index.delete(value)
      }
    }
  }

  #indexOf(name: string): Map<string, Set<string>> {
    const index = this.#indexes.get(name)
    if (!index) throw new TypeError(`no index named ${name}`)
    return index
  }
}
