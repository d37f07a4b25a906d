import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'

interface QmpMessage {
  return?: unknown
  error?: { class: string; desc: string }
  event?: string
  data?: Record<string, unknown>
  id?: number
  QMP?: unknown
}

export interface QmpEvent {
  event: string
  data: Record<string, unknown>
}

/**
 * QEMU's control channel, on its standard input and output: no socket file that could be left behind.
 * Source: docs/interop/qmp-spec.txt of QEMU.
 */
export class Qmp {
  readonly #input: Writable
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>()
  readonly #listeners = new Set<(event: QmpEvent) => void>()
  #lastId = 0
  #closed = false

  constructor(input: Writable, output: Readable) {
    this.#input = input
    input.on('error', () => {})
    const lines = createInterface({ input: output })
    lines.on('line', (line) => this.#receive(JSON.parse(line) as QmpMessage))
    lines.on('close', () => {
      this.#closed = true
      for (const { reject } of this.#waiting.values()) reject(new Error('QEMU has ended'))
      this.#waiting.clear()
    })
  }

  /** Runs one command and returns its answer. Throws QEMU's own description of an error. */
  async execute<T = unknown>(command: string, args?: Record<string, unknown>): Promise<T> {
    if (this.#closed) throw new Error('QEMU has ended')
    const id = ++this.#lastId
    const answer = new Promise<unknown>((resolve, reject) => this.#waiting.set(id, { resolve, reject }))
    this.#input.write(`${JSON.stringify({ execute: command, arguments: args, id })}\n`)
    return (await answer) as T
  }

  /** Resolves with the first event, from now on, for which `matches` holds. */
  event(matches: (event: QmpEvent) => boolean, timeoutMs: number): Promise<QmpEvent> {
    return new Promise((resolve, reject) => {
      const listener = (event: QmpEvent): void => {
        if (!matches(event)) return
        stop()
        resolve(event)
      }
      const timer = setTimeout(() => {
        stop()
        reject(new Error(`QEMU sent no such event in ${timeoutMs / 1000} s`))
      }, timeoutMs)
      const stop = (): void => {
        clearTimeout(timer)
        this.#listeners.delete(listener)
      }
      this.#listeners.add(listener)
    })
  }

  #receive(message: QmpMessage): void {
    if (message.event) {
      const event = { event: message.event, data: message.data ?? {} }
      for (const listener of this.#listeners) listener(event)
    }
    if (message.id === undefined) return
    const waiting = this.#waiting.get(message.id)
    this.#waiting.delete(message.id)
    if (message.error) waiting?.reject(new Error(`QEMU: ${message.error.desc}`))
    else waiting?.resolve(message.return)
  }
}
