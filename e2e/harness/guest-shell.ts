import { readFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export interface ExecResult {
  stdout: string
  stderr: string
  exitCode: number
}

export interface ExecOptions {
  /** The whole call, retries of the connection included. */
  timeoutMs?: number
  /** Return a non-zero exit code instead of throwing. */
  reject?: boolean
}

/** A script in the VM that ended with something else than 0. */
export class GuestCommandError extends Error {
  readonly result: ExecResult
  constructor(host: string, script: string, result: ExecResult) {
    const shown = script.length > 300 ? `${script.slice(0, 300)}…` : script
    super(`on ${host}, exit code ${result.exitCode}: ${shown}\n${result.stderr}${result.stdout}`)
    this.result = result
  }
}

/** The connection was refused or reset before the script began: nothing has run. */
class NotYetError extends Error {}

/**
 * A root shell in a VM, through a port that QEMU forwards on a loopback address.
 * Whoever connects must first send a secret that only this user and root in the VM can read.
 */
export class GuestShell {
  readonly #name: string
  readonly #address: string
  readonly #port: number
  readonly #secret: string

  constructor(name: string, address: string, port: number, secret: string) {
    this.#name = name
    this.#address = address
    this.#port = port
    this.#secret = secret
  }

  /**
   * Runs a bash script in the VM and waits for its end, not for the end of what it left in the background.
   * Throws GuestCommandError on a non-zero exit code unless `reject` is false. When time is up the script is killed,
   * and Error thrown.
   */
  async exec(script: string, options: ExecOptions = {}): Promise<ExecResult> {
    const input = Buffer.from(script)
    // Linux' limit for one argument is 128 KiB.
    if (input.length > 120_000) throw new Error('the script is too long; write it to a file first')
    const result = await this.#call(`exec ${input.length}`, input, options)
    if (options.reject !== false && result.exitCode !== 0) throw new GuestCommandError(this.#name, script, result)
    return result
  }

  /** Writes bytes to a file in the VM, and its folders; it appears whole, by rename. */
  async write(path: string, content: Uint8Array | string, mode = 0o644, options: ExecOptions = {}): Promise<void> {
    const input = Buffer.from(content)
    const result = await this.#call(`write ${input.length} ${mode.toString(8)} ${path}`, input, options)
    if (result.exitCode !== 0) throw new GuestCommandError(this.#name, `write ${path}`, result)
  }

  async push(localPath: string, path: string, mode?: number): Promise<void> {
    await this.write(path, await readFile(localPath), mode)
  }

  async #call(request: string, input: Buffer, options: ExecOptions): Promise<ExecResult> {
    const deadline = performance.now() + (options.timeoutMs ?? 120_000)
    for (;;) {
      try {
        return await this.#attempt(request, input, deadline)
      } catch (error) {
        // QEMU accepts connections before the VM listens, then resets them: only then may a script be sent again.
        if (!(error instanceof NotYetError) || performance.now() > deadline) throw error
        await sleep(50)
      }
    }
  }

  #attempt(request: string, input: Buffer, deadline: number): Promise<ExecResult> {
    return new Promise((resolve, reject) => {
      const socket: Socket = connect(this.#port, this.#address)
      const answer = new Answer()
      const finish = (settle: () => void): void => {
        clearTimeout(timer)
        clearTimeout(patience)
        socket.destroy()
        settle()
      }
      const fail = (reason: string): void =>
        finish(() => {
          const said = answer.text().slice(-2_000)
          const message = `on ${this.#name}: ${reason}${said ? `: ${said}` : ''}`
          reject(answer.open ? new Error(message) : new NotYetError(message))
        })
      const timer = setTimeout(() => fail('no answer in time'), Math.max(1, deadline - performance.now()))
      // A connection that a busy VM never answers is given up after a while and tried again.
      const patience = setTimeout(() => answer.open || fail('the shell does not open'), 10_000)
      socket.on('connect', () => socket.write(`${this.#secret} ${request}\n`))
      socket.on('error', (error) => fail(error.message))
      socket.on('end', () => fail('the shell ended without an answer'))
      socket.on('data', (chunk) => {
        const wasOpen = answer.open
        const result = answer.add(chunk)
        if (answer.open && !wasOpen) socket.write(input)
        if (result) finish(() => resolve(result))
      })
    })
  }
}

/** What `guest/shell-server` sends: a greeting, then frames of output and errors, the exit code last. */
class Answer {
  open = false
  #rest: Buffer = Buffer.alloc(0)
  readonly #streams: Record<string, Buffer[]> = { o: [], e: [], x: [] }

  add(chunk: Buffer): ExecResult | undefined {
    this.#rest = Buffer.concat([this.#rest, chunk])
    if (!this.open) {
      if (!this.#rest.subarray(0, 5).equals(Buffer.from('open\n'))) return undefined
      this.open = true
      this.#rest = this.#rest.subarray(5)
    }
    while (this.#rest.length >= 5) {
      const end = 5 + this.#rest.readUInt32BE(1)
      if (this.#rest.length < end) return undefined
      const kind = String.fromCharCode(this.#rest[0]!)
      this.#streams[kind]?.push(this.#rest.subarray(5, end))
      this.#rest = this.#rest.subarray(end)
      if (kind === 'x') return { stdout: this.#text('o'), stderr: this.#text('e'), exitCode: Number(this.#text('x')) }
    }
    return undefined
  }

  text(): string {
    return this.#text('e') + this.#text('o')
  }

  #text(kind: string): string {
    return Buffer.concat(this.#streams[kind] ?? []).toString()
  }
}
