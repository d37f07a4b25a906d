import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import type { Log } from '../log.ts'
import type { KubeObject } from './object.ts'
import type { Persistence, Store } from './store.ts'

interface Line {
  /** Resource, key and revision; the object is absent when it was deleted. */
  r: string
  k: string
  v: number
  o?: KubeObject
}

const SMALLEST_REWRITE_BYTES = 4 * 1024 * 1024

/**
 * The one file of state: a line for each change, `crc32 json`, rewritten as a snapshot when it has grown to several
 * times what is alive. A line that was cut short or damaged ends the reading: all before it is kept.
 */
export class Journal implements Persistence {
  readonly #path: string
  readonly #store: Store
  #file = -1
  #bytes = 0
  #bytesAtRewrite = 0

  private constructor(path: string, store: Store) {
    this.#path = path
    this.#store = store
  }

  /** Fills the store from the file, and from then on writes what happens there to it. */
  static open(path: string, store: Store, log: Log): Journal {
    const journal = new Journal(path, store)
    if (existsSync(path)) journal.#read(log)
    journal.#rewrite()
    store.persistTo(journal)
    return journal
  }

  write(resource: string, key: string, revision: number, object: KubeObject | undefined): void {
    this.#bytes += writeSync(this.#file, encode({ r: resource, k: key, v: revision, o: object }))
    if (this.#bytes > Math.max(SMALLEST_REWRITE_BYTES, this.#bytesAtRewrite * 4)) {
      // After the write that it is part of: the store does not hold that change yet.
      setImmediate(() => this.#bytes > this.#bytesAtRewrite * 4 && this.#file >= 0 && this.#rewrite())
    }
  }

  close(): void {
    if (this.#file >= 0) closeSync(this.#file)
    this.#file = -1
  }

  #read(log: Log): void {
    const text = readFileSync(this.#path, 'utf8')
    const objects = new Map<string, [string, KubeObject]>()
    let revision = 1
    let at = 0
    let number = 0
    while (at < text.length) {
      number++
      const end = text.indexOf('\n', at)
      const line = end < 0 ? undefined : decode(text.slice(at, end))
      if (!line) {
        const aside = `${this.#path}.damaged`
        const rest = text.slice(at)
        writeAll(aside, [rest])
        const names = rest
          .split('\n')
          .flatMap((part) => /"r":"([^"]+)","k":"([^"]+)"/.exec(part)?.slice(1, 3).join(' ') ?? [])
        log(
          `${this.#path} is damaged at line ${number}: started from the ${number - 1} good records before it. Dropped ` +
            `${rest.length} bytes${names.length > 0 ? `, with the last changes of ${[...new Set(names)].slice(0, 10).join(', ')}` : ''}; ` +
            `they are kept in ${aside}.`,
        )
        break
      }
      revision = Math.max(revision, line.v)
      if (line.o) objects.set(`${line.r} ${line.k}`, [line.r, line.o])
      else objects.delete(`${line.r} ${line.k}`)
      at = end + 1
    }
    this.#store.restore(revision, objects.values())
  }

  #rewrite(): void {
    const next = `${this.#path}.next`
    const lines = [encode({ r: '', k: '', v: this.#store.revision })]
    for (const [resource, object] of this.#store.all()) {
      const { namespace, name, resourceVersion } = object.metadata
      const key = namespace === undefined ? name : `${namespace}/${name}`
      lines.push(encode({ r: resource, k: key, v: Number(resourceVersion), o: object }))
    }
    this.close()
    this.#bytes = writeAll(next, lines)
    renameSync(next, this.#path)
    this.#bytesAtRewrite = this.#bytes
    this.#file = openSync(this.#path, 'a', 0o600)
  }
}

function encode(line: Line): string {
  const json = JSON.stringify(line)
  return `${crc32(json).toString(16).padStart(8, '0')} ${json}\n`
}

function decode(text: string): Line | undefined {
  const json = text.slice(9)
  if (text.slice(0, 8) !== crc32(json).toString(16).padStart(8, '0')) return undefined
  return JSON.parse(json) as Line
}

function writeAll(path: string, lines: readonly string[]): number {
  const file = openSync(path, 'w', 0o600)
  try {
    let bytes = 0
    for (let at = 0; at < lines.length; at += 1_000) bytes += writeSync(file, lines.slice(at, at + 1_000).join(''))
    fsyncSync(file)
    return bytes
  } finally {
    closeSync(file)
  }
}
