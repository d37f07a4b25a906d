import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** A volume on this node: everything needed to take it down without asking anybody. */
export interface VolumeRecord {
  driver: string
  handle: string
  pv: string
  block: boolean
  staged: boolean
  /** Pod uid → where it sees the volume. */
  published: Record<string, string>
}

/** What was begun on this node, kept in a file: written before the call that it announces, so nothing is forgotten. */
export class VolumeState {
  readonly #path: string
  readonly volumes: Map<string, VolumeRecord>

  constructor(path: string) {
    this.#path = path
    mkdirSync(dirname(path), { recursive: true })
    let text = '{}'
    try {
      text = readFileSync(path, 'utf8')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
    this.volumes = new Map(Object.entries(JSON.parse(text) as Record<string, VolumeRecord>))
  }

  save(): void {
    writeFileSync(`${this.#path}.next`, JSON.stringify(Object.fromEntries(this.volumes)))
    renameSync(`${this.#path}.next`, this.#path)
  }
}
